"""Records committed changes that this process has seen.

The highest version of each room shows whether the database went back in time. The number of renamed
users shows whether a cached page may have an old name.
"""

from typing import Any

ROOMS_MAX = 10_000  # 1 MB

_heads: dict[int, int] = {}  # by room id, in the order of their last record
_rename_count = 0


def record(event: dict[str, Any]) -> None:
    """Records an event of any process. It may be called from any thread."""
    global _rename_count
    if event["kind"] == "changes":
        record_head(event["room"], max(change["version"] for change in event["changes"]))
    elif event["kind"] == "person":
        _rename_count += 1


def record_head(room_id: int, version: int) -> None:
    _heads[room_id] = max(version, _heads.pop(room_id, 0))
    if len(_heads) > ROOMS_MAX:
        _heads.pop(next(iter(_heads)), None)


def head_of(room_id: int) -> int:
    return _heads.get(room_id, 0)


def rename_count() -> int:
    return _rename_count


def clear() -> None:
    _heads.clear()
