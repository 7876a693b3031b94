"""JSON in and out of Redis, never pickle."""

from typing import Any

import orjson
from django_tasks.utils import normalize_json

from tasks.exceptions import TaskTooLarge

MAX_BYTES = 1 << 20
SCALARS = frozenset({str, int, float, bool, type(None)})


def dumps(value: Any) -> bytes:
    """Raises TypeError for what JSON cannot say and TaskTooLarge above MAX_BYTES."""
    text = orjson.dumps(value)
    if len(text) > MAX_BYTES:
        raise TaskTooLarge(
            f"{len(text):,} bytes are more than a task may carry ({MAX_BYTES:,}):"
            " store the data elsewhere and pass its id."
        )
    return text


def normalized(value: Any) -> Any:
    """The value as it will come back from JSON. Raises TypeError or ValueError where it cannot."""
    return value if type(value) in SCALARS else normalize_json(value)


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


loads = orjson.loads
