from uuid import UUID

import orjson
import pytest

from chat.exceptions import Invalid, TooLong
from chat.protocol.client_frames import FIELDS, check, parse

CLIENT_ID = "0b8f4a52-6d9c-4c3e-9a43-0a1b2c3d4e5f"
FRAMES = {
    "open": {"room": 7, "since": 120},
    "close": {"room": 7},
    "post": {"room": 7, "client_id": CLIENT_ID, "body": "hi", "reply_to": 3},
    "edit": {"message": 55, "body": "hi!"},
    "delete": {"message": 55},
    "react": {"message": 55, "emoji": "👍", "on": True},
    "typing": {"room": 7},
    "read": {"room": 7, "seq": 123},
    "counts": {"room": 7},
    "ping": {},
}
FIELDS_OF_FRAMES = [(kind, field) for kind, fields in FRAMES.items() for field in fields]
OPTIONAL = {("open", "since"), ("post", "reply_to")}
NOT_A_NUMBER = ["7", 7.0, True, False, -1, 2**63, 2**64, 10**30, [], {}, [7]]
NOT_A_TEXT = [None, 7, True, ["hi"], {}]
WRONG = {
    "room": [None, *NOT_A_NUMBER],
    "message": [None, *NOT_A_NUMBER],
    "seq": [None, *NOT_A_NUMBER],
    "since": NOT_A_NUMBER,
    "reply_to": NOT_A_NUMBER,
    "body": NOT_A_TEXT,
    "emoji": NOT_A_TEXT,
    "client_id": [*NOT_A_TEXT, "", "7", "x" * 36, CLIENT_ID + "0"],
    "on": [None, 1, 0, "true", []],
}
WRONG_VALUES = [(*item, value) for item in FIELDS_OF_FRAMES for value in WRONG[item[1]]]


def frame(kind: str, **fields) -> dict:
    return {"type": kind, **FRAMES[kind], **fields}


def test_these_tests_cover_every_frame():
    assert {kind: set(fields) for kind, fields in FRAMES.items()} == {
        kind: set(fields) for kind, fields in FIELDS.items()
    }


@pytest.mark.parametrize("kind", FRAMES)
def test_a_valid_frame_is_accepted(kind):
    checked = check(parse(orjson.dumps(frame(kind)).decode()))
    expected = frame(kind)
    if kind == "post":
        expected["client_id"] = UUID(CLIENT_ID)
    assert checked == expected


@pytest.mark.parametrize("kind", FRAMES)
def test_unknown_fields_are_ignored(kind):
    assert check(frame(kind, author=1, **{"from": "bob", "user": 1})) == check(frame(kind))


@pytest.mark.parametrize(("kind", "field"), FIELDS_OF_FRAMES)
def test_a_missing_field_is_refused_unless_optional(kind, field):
    sent = frame(kind)
    del sent[field]
    if (kind, field) in OPTIONAL:
        assert check(sent)[field] is None
    else:
        with pytest.raises(Invalid, match=f"has no {field}"):
            check(sent)


@pytest.mark.parametrize(("kind", "field", "value"), WRONG_VALUES)
def test_a_field_of_the_wrong_type_is_refused(kind, field, value):
    with pytest.raises(Invalid, match=f"{field} is not"):
        check(frame(kind, **{field: value}))


@pytest.mark.parametrize("field", ["room", "seq"])
def test_the_largest_number_is_accepted(field):
    assert check(frame("read", **{field: 2**63 - 1}))[field] == 2**63 - 1


@pytest.mark.parametrize("kind", ["", "hello", "OPEN", "__init__", None, 7, [], {}, True])
def test_an_unknown_type_is_refused(kind):
    with pytest.raises(Invalid, match="unknown type"):
        check({**frame("post"), "type": kind})


def test_a_frame_without_a_type_is_refused():
    with pytest.raises(Invalid, match="unknown type"):
        check({"room": 7})


@pytest.mark.parametrize(
    "text",
    ["", " ", "hi", "{", '{"type":"ping"', "{'type':'ping'}", '{"type":NaN}', '{"a":"\\ud800"}',
     "[]", '["ping"]', "7", "null", "true", '"ping"', '{"type":"ping"}{"type":"ping"}', "\ufeff{}"],
)  # fmt: skip
def test_text_that_is_not_a_json_object_is_refused(text):
    with pytest.raises(Invalid, match="Frames must be JSON objects"):
        parse(text)


def test_deeply_nested_json_is_refused():
    with pytest.raises(Invalid, match="Frames must be JSON objects"):
        parse("[" * 30_000)


def test_a_very_large_number_is_refused():
    with pytest.raises(Invalid, match="room is not"):
        check(parse('{"type":"close","room":' + "9" * 40 + "}"))


def test_a_binary_frame_is_refused():
    with pytest.raises(Invalid, match="not binary"):
        parse(None)


def test_a_frame_has_at_most_64_kib():
    body = "x" * (64 * 1024 - len('{"body":""}'))
    assert parse(f'{{"body":"{body}"}}') == {"body": body}
    with pytest.raises(TooLong, match="64 KiB"):
        parse(f'{{"body":"{body}x"}}')
