import pytest

from chat.services import editing, history
from tests.chat.factories import post_message


@pytest.fixture
def room_with_history(alice, general):
    """General with messages 1 to 9. Number 5 was edited last, number 6 was deleted."""
    messages = [post_message(alice, general, f"Number {n}") for n in range(1, 10)]
    editing.delete(alice, messages[5].pk)
    editing.edit(alice, messages[4].pk, "Number five")
    return general


def seqs(page: history.Page) -> list[int]:
    return [message.seq for message in page.messages]


def test_the_latest_page_is_ordered_from_old_to_new(room_with_history):
    page = history.page(room_with_history, limit=3)
    assert seqs(page) == [7, 8, 9]
    assert (page.older, page.newer) == (True, False)


def test_a_page_with_all_messages_has_no_older_or_newer_ones(room_with_history):
    page = history.page(room_with_history, limit=9)
    assert seqs(page) == list(range(1, 10))
    assert (page.older, page.newer) == (False, False)


def test_the_page_of_an_empty_room_is_empty(general):
    page = history.page(general)
    assert (page.messages, page.older, page.newer) == ([], False, False)


def test_a_page_may_end_before_a_message(room_with_history):
    page = history.page(room_with_history, before=7, limit=3)
    assert seqs(page) == [4, 5, 6]
    assert (page.older, page.newer) == (True, True)


def test_the_first_page_has_no_older_messages(room_with_history):
    page = history.page(room_with_history, before=4, limit=3)
    assert seqs(page) == [1, 2, 3]
    assert not page.older


def test_a_page_may_start_after_a_message(room_with_history):
    page = history.page(room_with_history, after=3, limit=3)
    assert seqs(page) == [4, 5, 6]
    assert (page.older, page.newer) == (True, True)


def test_the_last_page_has_no_newer_messages(room_with_history):
    page = history.page(room_with_history, after=6, limit=3)
    assert seqs(page) == [7, 8, 9]
    assert not page.newer


def test_a_page_after_zero_has_no_older_messages(room_with_history):
    assert not history.page(room_with_history, after=0, limit=3).older


def test_a_page_may_be_around_a_message(room_with_history):
    page = history.page(room_with_history, at=5, limit=4)
    assert seqs(page) == [4, 5, 6, 7]
    assert (page.older, page.newer) == (True, True)


@pytest.mark.parametrize(
    ("at", "expected", "older", "newer"),
    [(1, [1, 2, 3], False, True), (9, [8, 9], True, False), (99, [8, 9], True, False)],
)
def test_a_page_around_the_first_or_last_message_is_shorter(
    room_with_history, at, expected, older, newer
):
    page = history.page(room_with_history, at=at, limit=4)
    assert (seqs(page), page.older, page.newer) == (expected, older, newer)


def test_an_edited_message_keeps_its_place(room_with_history):
    assert history.page(room_with_history, at=5, limit=2).messages[0].body == "Number five"


def test_a_deleted_message_keeps_its_place(room_with_history):
    assert history.page(room_with_history, before=7, limit=1).messages[0].deleted


def test_a_page_has_only_messages_of_the_room(alice, room_with_history, den):
    post_message(alice, den, "Secret")
    assert not any(message.body == "Secret" for message in history.page(room_with_history).messages)


def test_a_page_takes_one_query_with_authors_and_replies(
    alice, bob, room_with_history, django_assert_num_queries
):
    post_message(bob, room_with_history, reply_to=post_message(alice, room_with_history))
    with django_assert_num_queries(1):
        for message in history.page(room_with_history).messages:
            assert message.author.name
            assert message.reply_to is None or message.reply_to.author.name
