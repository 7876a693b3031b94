"""A value comes back from the queue equal and of the same type, or is refused."""

import enum
import json
import uuid
from collections import Counter, OrderedDict, namedtuple
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import exceptions
from tasks.redis import payload
from tests.tasks import hostile_jobs as hostile
from tests.tasks import jobs

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).filter(lambda value: is_text(value))
Point = namedtuple("Point", "x y")


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Room:
    name: str


def is_text(value) -> bool:
    try:
        return bool(json.dumps(value, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False


def same(value, other) -> bool:
    """Returns whether both are equal and of the same types; -0.0 differs from 0.0."""
    return type(value) is type(other) and repr(value) == repr(other)


REFUSED = {
    **hostile.VALUES,
    "datetime": lambda: datetime(2030, 1, 1),
    "date": lambda: {"when": date(2030, 1, 1)},
    "uuid": uuid.uuid4,
    "dataclass": lambda: Room("General"),
    "decimal": lambda: Decimal("1.5"),
    "enum of str": lambda: Colour.RED,
    "enum of int": lambda: [Level.LOW],
    "named tuple": lambda: Point(1, 2),
    "ordered dict": OrderedDict,
    "counter": lambda: Counter("abc"),
    "safe text": lambda: mark_safe("<b>"),
    "lazy text": lambda: gettext_lazy("Yes"),
    "bytearray": lambda: bytearray(b"x"),
    "complex": lambda: 1j,
    "range": lambda: range(3),
    "None as key": lambda: {None: 1},
    "True as key": lambda: {True: 1},
    "tuple as key": lambda: {(1, 2): 1},
    "enum as key": lambda: {Colour.RED: 1},
    "-2**63 - 1": lambda: -(1 << 63) - 1,
    "infinity": lambda: float("inf"),
    "101 deep": lambda: hostile.nested(100),
}


@given(JSON)
@settings(max_examples=300)
def test_accepted_values_come_back_the_same(value):
    assert json.loads(json.dumps(value)) == value
    assert same(payload.loads(payload.dumps(payload.normalized(value, "it"))), value)


@given(JSON)
@settings(max_examples=20)
def test_a_task_receives_the_queued_value_and_returns_it(value):
    result = jobs.echo.enqueue(value)
    assert same(jobs.echo.get_result(result.id).args, [value])


@pytest.mark.parametrize(
    "value",
    [
        0,
        -0.0,
        1e22,
        5e-324,
        1.0,
        1 << 63,
        -(1 << 63),
        (1 << 64) - 1,
        "",
        "\0",
        "🐇",
        [],
        {},
        {"": []},
    ],
    ids=repr,
)
def test_values_at_the_limits(backend, work, value):
    result = jobs.echo.enqueue(value, named=value)
    work()
    result.refresh()
    assert same(result.return_value, [value, value])


def test_tuples_become_lists(backend, work):
    result = jobs.echo.enqueue((1, (2, ())))
    assert result.args == [[1, [2, []]]]


@pytest.mark.parametrize("name", REFUSED)
def test_values_that_would_be_changed_are_refused(backend, name):
    value = REFUSED[name]()
    raised = (TypeError, ValueError, exceptions.TaskTooLarge)
    for arguments, named in [(("x", value), {}), ((), {"named": value})]:
        with pytest.raises(raised) as caught:
            jobs.echo.enqueue(*arguments, **named)
        where = "argument 2" if arguments else "named"
        assert where in str(caught.value) or name == "too large"
    with pytest.raises(raised):
        jobs.echo.enqueue_many([(1,), (value,)])
    assert not backend.broker.names()


def test_the_message_contains_the_path_of_the_value(backend):
    with pytest.raises(TypeError, match=r"^rooms\[3\]\['when'\] is of type datetime: "):
        jobs.echo.enqueue(1, rooms=[1, 2, 3, {"when": datetime(2030, 1, 1)}])
    with pytest.raises(ValueError, match=r"^argument 1\['a'\] is nan, which JSON does not have"):
        jobs.echo.enqueue({"a": float("nan")})
    with pytest.raises(TypeError, match=r"^argument 1 has a key of type int: "):
        jobs.echo.enqueue({1: 2})


def test_the_name_of_an_argument_must_be_text(backend):
    with pytest.raises(ValueError, match="the name of an argument has half a surrogate pair"):
        jobs.echo.enqueue(**{"\ud800": 1})


@pytest.mark.parametrize("owner", [7, "\ud800"])
def test_an_owner_must_be_text(backend, owner):
    with pytest.raises((TypeError, ValueError)):
        jobs.echo.using(owner=owner)


def test_a_value_of_the_full_depth_is_accepted(backend, work):
    result = jobs.echo.enqueue(hostile.nested(98))
    work()
    result.refresh()
    assert result.return_value == [hostile.nested(98), None]
