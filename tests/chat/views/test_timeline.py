from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chat.models import Message, Room
from chat.services import editing, posting
from chat.services.history import Page
from chat.views import timeline

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def add_message(alice, bob):
    """add_message("alice", minute) adds a message to the room and returns all messages."""
    people = {"alice": alice, "bob": bob}
    messages = []

    def add(name, minute, **fields):
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

    return add


def grouped(messages):
    return ["message grouped" in row for row in timeline.rows(messages)]


def test_messages_in_a_row_by_one_author_are_grouped(add_message):
    for name, minute in (("alice", 0), ("alice", 4), ("bob", 5), ("alice", 6), ("alice", 11)):
        messages = add_message(name, minute)
    assert grouped(messages) == [False, True, False, False, False]


def test_replies_and_deleted_messages_are_not_grouped(add_message):
    add_message("alice", 0)
    messages = add_message("alice", 1, deleted=True)
    messages = add_message("alice", 1)
    add_message("alice", 1, reply_to_id=1)
    messages[-1].reply_to = messages[0]
    assert grouped(messages) == [False, False, False, False]


def test_each_day_has_a_heading(add_message):
    for minute in (0, 1, 24 * 60, 24 * 60 + 1):
        messages = add_message("alice", minute)
    days = [row for row in timeline.rows(messages) if 'class="day"' in row]
    names = [day.split(">")[2].split("<")[0] for day in days]
    assert names == ["21 November 2026", "22 November 2026"]
    assert grouped(messages) == [False, True, False, True]


def test_a_line_separates_the_unread_messages(add_message):
    for minute in range(3):
        messages = add_message("alice", minute)
    page = timeline.from_page(Page(messages, older=False, newer=False))
    before, after = page.html(unread=2).split(timeline.UNREAD.format("New"))
    assert before.count("<article") == 1
    assert after.index('data-seq="2"') < after.index("message grouped")


def test_unread_messages_begin_with_a_message_of_another_author(add_message, alice):
    for name in ("bob", "alice", "bob"):
        messages = add_message(name, 0)
    page = timeline.from_page(Page(messages, older=False, newer=False))
    assert page.first_unread(alice, read=1) == 3
    assert page.first_unread(alice, read=3) is None


def test_a_deleted_message_is_not_unread(add_message, alice, bob):
    for name in ("bob", "bob", "bob"):
        messages = add_message(name, 0)
    messages[1].deleted = True
    page = timeline.from_page(Page(messages, older=False, newer=False))
    assert page.first_unread(alice, read=1) == 3
    assert page.first_unread(bob, read=0) is None


def test_the_unread_line_is_missing_if_older_messages_are_unread(add_message, alice):
    page = timeline.from_page(Page(add_message("bob", 0), older=True, newer=False))
    assert page.first_unread(alice, read=0) is None


def test_the_linked_message_has_the_focus(add_message):
    for minute in range(2):
        messages = add_message("alice", minute)
    html = timeline.from_page(Page(messages, older=False, newer=False), at=2).html()
    assert html.count("autofocus") == html.count("target") == 1
    assert '<article autofocus class="message target grouped" id="m2"' in html


def test_an_empty_page():
    page = timeline.from_page(Page([], older=False, newer=False))
    assert (page.html(), page.first, page.last) == ("", 0, 0)


def test_the_latest_page_is_cached_until_the_room_changes(
    general, alice, bob, django_assert_num_queries
):
    message = posting.post(bob, general.pk, uuid4(), "first").message
    shown = timeline.latest(Room.objects.get(pk=general.pk))
    assert "<p>first</p>" in shown.html()
    room = Room.objects.get(pk=general.pk)
    with django_assert_num_queries(0):
        assert timeline.latest(room) is shown
    editing.edit(bob, message.pk, "second")
    assert "<p>second</p>" in timeline.latest(Room.objects.get(pk=general.pk)).html()


def folds(messages, at=None):
    """Returns the text of each line that replaces several rows, and the seqs of these rows."""
    lines, hidden = [], []
    for message, row in zip(messages, timeline.rows(messages, at), strict=True):
        if '<p class="fold">' in row:
            lines.append(row.split('<p class="fold">')[1].split("</p>")[0])
        if 'class="message folded' in row:
            hidden.append(message.seq)
    return lines, hidden


def test_deleted_messages_in_a_row_are_folded_into_one_line(add_message):
    add_message("alice", 0)
    for minute in (1, 2, 3):
        add_message("bob", minute, deleted=True)
    add_message("alice", 4)
    messages = add_message("bob", 5, deleted=True)
    assert folds(messages) == (["3 messages by Bob deleted"], [2, 3, 4])


def test_the_line_names_two_authors_and_counts_more(add_message, charlie):
    add_message("alice", 0, deleted=True)
    messages = add_message("bob", 1, deleted=True)
    assert folds(messages)[0] == ["2 messages by Alice and Bob deleted"]
    messages = add_message("bob", 2, deleted=True)
    messages[-1].author = charlie
    assert folds(messages)[0] == ["3 messages by 3 people deleted"]


def test_a_new_day_begins_a_new_line(add_message):
    for minute in (0, 1, 24 * 60, 24 * 60 + 1):
        messages = add_message("bob", minute, deleted=True)
    assert folds(messages) == (["2 messages by Bob deleted"] * 2, [1, 2, 3, 4])


def test_a_linked_deleted_message_is_not_folded(add_message):
    for minute in range(5):
        messages = add_message("bob", minute, deleted=True)
    assert folds(messages, at=3) == (["2 messages by Bob deleted"] * 2, [1, 2, 4, 5])


def test_names_in_the_line_are_escaped(add_message, bob):
    bob.name = "<b>Bob</b>"
    add_message("bob", 0, deleted=True)
    messages = add_message("bob", 1, deleted=True)
    assert folds(messages)[0] == ["2 messages by &lt;b&gt;Bob&lt;/b&gt; deleted"]
