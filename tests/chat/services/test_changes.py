import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Room
from chat.services import editing, history, post_batch, rooms
from tests.chat.factories import post_message, post_of


def since(room: Room, version: int) -> history.Changes:
    return history.changes(Room.objects.get(pk=room.pk), version)


def versions(changes: history.Changes) -> list[int]:
    return [message.version for message in changes.messages]


def test_each_changed_message_is_listed_once_in_its_present_state(alice, general):
    messages = [post_message(alice, general, f"Number {n}") for n in (1, 2, 3, 4)]
    editing.edit(alice, messages[1].pk, "Number two")  # 5
    editing.react(alice, messages[0].pk, "👍", True)  # 6
    editing.edit(alice, messages[1].pk, "Number II")  # 7
    editing.delete(alice, messages[3].pk)  # 8
    changes = since(general, 2)
    assert [(m.seq, m.version) for m in changes.messages] == [(3, 3), (1, 6), (2, 7), (4, 8)]
    assert changes.messages[2].body == "Number II"
    assert changes.messages[3].deleted
    assert (changes.head, changes.reset) == (8, False)


def test_changes_since_zero_are_all_messages(alice, general):
    post_message(alice, general)
    post_message(alice, general)
    assert versions(since(general, 0)) == [1, 2]


def test_changes_since_the_head_are_empty(alice, general):
    post_message(alice, general)
    assert since(general, 1) == history.Changes(1, [], reset=False)
    assert since(general, 0) != since(general, 1)


def test_changes_include_a_message_committed_after_the_room_was_read(alice, general):
    room = rooms.get(alice, general.pk)
    post_message(alice, general)
    assert history.changes(room, 0).head == 1


def test_more_than_500_changes_return_a_reset(alice, general):
    post_batch.write([post_of(alice, general) for _ in range(501)])
    full = since(general, 1)
    assert (versions(full), full.reset) == (list(range(2, 502)), False)
    assert since(general, 0) == history.Changes(501, [], reset=True)


def test_an_unknown_version_returns_a_reset(alice, general):
    post_message(alice, general)
    assert since(general, 2) == history.Changes(1, [], reset=True)


def test_changes_have_only_messages_of_the_room(alice, general, den):
    post_message(alice, den)
    post_message(alice, general)
    assert [message.room_id for message in since(general, 0).messages] == [general.pk]


def test_changes_take_one_query_with_authors_and_replies(
    alice, bob, general, django_assert_num_queries
):
    post_message(bob, general, reply_to=post_message(alice, general))
    room = rooms.get(alice, general.pk)
    with django_assert_num_queries(1):
        for message in history.changes(room, 0).messages:
            assert message.author.name
            assert message.reply_to is None or message.reply_to.author.name


@pytest.mark.parametrize(
    ("read", "search"),
    [
        (lambda room: history.changes(room, 0), "(room_id=? AND version>?)"),
        (lambda room: history.page(room), "(room_id=?)"),
        (lambda room: history.page(room, before=3), "(room_id=? AND seq<?)"),
        (lambda room: history.page(room, after=1), "(room_id=? AND seq>?)"),
    ],
)
def test_changes_and_pages_are_read_in_the_order_of_an_index(alice, general, read, search):
    """Only on SQLite, whose plan does not depend on the number of rows."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL scans a small table in any case")
    with CaptureQueriesContext(connection) as queries:
        read(general)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = [row[3] for row in cursor.fetchall()]
    assert plan[0].startswith("SEARCH chat_message USING INDEX")
    assert plan[0].endswith(search)
    assert not any("TEMP B-TREE" in step for step in plan)
