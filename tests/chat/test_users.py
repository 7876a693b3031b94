"""Ids of users as JSON, as text and in Redis, for integer keys; other keys: tests/install."""

import uuid

import pytest

from chat import users
from chat.events import user_ids

UUID = uuid.UUID("0190e0b2-7b3c-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("pk", "expected"),
    [(7, 7), (-1, -1), (2**53, str(2**53)), (UUID, str(UUID)), ("007", "007"), (None, None)],
)
def test_an_id_as_json(pk, expected):
    assert users.json_id(pk) == expected


@pytest.mark.parametrize("text", ["7", 7])
def test_an_id_is_read_from_json_and_from_text(text):
    assert users.to_pk(text) == 7


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "7.0", " 7", "+7", "7_0", "\u0967", "\0", 2**63, str(2**63), 7.5, None, True],
)
def test_what_cannot_be_an_id(text):
    assert users.to_pk(text) is None


@pytest.mark.parametrize(
    "pks", [[3, 9], ["a:b", "a%3Ab"], ["\N{LATIN SMALL LETTER E WITH ACUTE}/", "?"]]
)
def test_joined_ids_differ(pks):
    joined = users.join_ids(pks)
    assert joined.count(":") == 1
    assert joined.isascii()
    assert users.join_ids(pks[:1]) != users.join_ids(pks[1:])


def test_every_id_has_a_color():
    assert {users.face(pk, 12) for pk in [None, 0, 12]} == {0}
    assert users.face("x" * 100, 12) in range(12)


def test_every_user_id_of_an_event_is_converted():
    events = [
        {"kind": "joined", "room": {"id": 1}, "users": [UUID]},
        {"kind": "presence", "server": "x", "here": [UUID], "away": [], "left": [UUID]},
        {"kind": "read", "user": UUID, "counts": {}},
        {"kind": "person", "user": {"id": UUID, "name": "Alice"}, "rooms": [1]},
        {"kind": "ended", "key": ["user", UUID], "code": 4401},
        {"kind": "ended", "key": ["session", "abc"], "code": 4401},
    ]
    sent = [user_ids.convert(event, users.json_id) for event in events]
    assert str(UUID) in str(sent)
    assert "UUID(" not in str(sent)
    assert [user_ids.convert(event, uuid_or_same) for event in sent] == events


def uuid_or_same(value):
    return uuid.UUID(value)
