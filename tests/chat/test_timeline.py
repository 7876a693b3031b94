from datetime import UTC, datetime, timedelta

import pytest

from chat import timeline
from chat.history import Page
from chat.models import Message

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def said(alice, bob):
    """said("alice", minute) is a message, the next in its room."""
    people = {"alice": alice, "bob": bob}
    messages = []

    def say(name, minute, **fields):
        number = len(messages) + 1
        messages.append(
            Message(
                pk=number,
                seq=number,
                version=number,
                room_id=1,
                author=people[name],
                html=f"<p>{number}</p>",
                created_at=NOON + timedelta(minutes=minute),
                **fields,
            )
        )
        return messages

    return say


def grouped(messages):
    parts = timeline.parts(messages, None, None)
    return ["grouped" in part for part in parts if "<article" in part]


def test_messages_in_a_row_by_one_person_are_grouped(said):
    for name, minute in (("alice", 0), ("alice", 4), ("bob", 5), ("alice", 6), ("alice", 11)):
        messages = said(name, minute)
    assert grouped(messages) == [False, True, False, False, False]


def test_answers_and_what_is_deleted_stand_alone(said):
    said("alice", 0)
    messages = said("alice", 1, deleted=True)
    messages = said("alice", 1)
    said("alice", 1, reply_to_id=1)
    messages[-1].reply_to = messages[0]
    assert grouped(messages) == [False, False, False, False]


def test_each_day_has_a_line(said):
    for minute in (0, 1, 24 * 60, 24 * 60 + 1):
        messages = said("alice", minute)
    days = [part for part in timeline.parts(messages, None, None) if 'class="day"' in part]
    assert [day.split(">")[2].split("<")[0] for day in days] == [
        "21 November 2026",
        "22 November 2026",
    ]
    assert grouped(messages) == [False, True, False, True]


def test_the_line_above_what_is_unread(said):
    for minute in range(3):
        messages = said("alice", minute)
    parts = list(timeline.parts(messages, 2, None))
    line = parts.index(timeline.UNREAD)
    assert 'data-seq="2"' in parts[line + 1]
    assert "grouped" not in parts[line + 1]


def test_what_is_unread_begins_with_somebody_elses_message(said, alice):
    for name in ("bob", "alice", "bob"):
        messages = said(name, 0)
    page = Page(messages, older=False, newer=False)
    assert timeline.first_unread(page, alice, read=1) == 3
    assert timeline.first_unread(page, alice, read=3) is None


def test_no_line_where_what_is_unread_begins_further_up(said, alice):
    page = Page(said("bob", 0), older=True, newer=False)
    assert timeline.first_unread(page, alice, read=0) is None


def test_the_message_asked_for_takes_the_focus(said):
    for minute in range(2):
        messages = said("alice", minute)
    html = timeline.html(messages, at=2)
    assert html.count("autofocus") == html.count("target") == 1
    assert '<article autofocus class="message target grouped" id="m2"' in html
