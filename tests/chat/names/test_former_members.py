"""Messages, rooms and pages after an account is deleted."""

import orjson

from chat.live.db_threads import run
from chat.models import Membership, Message
from chat.protocol import server_frames
from chat.rendering import message_html
from chat.services import history, memberships, room_list, rooms
from chat.views import timeline
from tests.chat.factories import post_message
from tests.chat.rendering.parsing import Parsed


def test_messages_stay_without_the_name_of_their_author(alice, bob, general):
    message = post_message(bob, general, "Hello")
    answer = post_message(alice, general, "Hi", reply_to=message)
    bob.delete()
    kept, answer = history.page(general).messages
    row = str(message_html.row(kept))
    assert kept.pk == message.pk
    assert "Former member" in row
    assert "Hello" in row
    assert "Bob" not in row + str(message_html.row(answer))
    author = {"id": None, "username": "", "name": "Former member", "bot": False}
    assert server_frames.message_data(kept)["author"] == author


def test_messages_of_two_former_members_are_not_grouped(alice, bob, charlie, general):
    for user in (bob, charlie):
        post_message(user, general)
        user.delete()
    rows = list(timeline.rows(history.page(general).messages))
    assert not any("grouped" in row for row in rows)


def test_deleted_messages_of_a_former_member_are_folded(alice, bob, general):
    from chat.services import editing

    for _ in range(2):
        editing.delete(bob, post_message(bob, general).pk)
    bob.delete()
    rows = "".join(timeline.rows(history.page(general).messages))
    assert "2 messages by Former member deleted" in rows


def test_messages_of_a_former_member_count_as_unread(alice, bob, general):
    post_message(bob, general)
    bob.delete()
    assert room_list.counts(alice, general.pk)["unread"] == 1


def test_others_reply_to_react_to_and_delete_messages_of_a_former_member(alice, bob, general):
    from chat.services import editing

    message = post_message(bob, general, "Hello")
    bob.delete()
    post_message(alice, general, reply_to=message)
    editing.react(alice, message.pk, "👍", True)
    assert editing.delete(alice, message.pk).deleted  # as the owner of the room


def test_a_room_gets_another_owner(alice, bob, charlie, general):
    memberships.join(charlie, general.pk)
    alice.delete()
    assert Membership.objects.get(room=general, is_owner=True).user == bob


def test_a_direct_conversation_stays_for_the_other_person(client, alice, bob):
    room = rooms.direct(alice, [bob.pk])
    post_message(bob, room, "Hello")
    bob.delete()
    assert [card.name for card in room_list.summaries(alice)] == ["Former member"]
    client.force_login(alice)
    page = Parsed(client.get(f"/rooms/{room.pk}/").content.decode())
    assert "Hello" in page.text
    assert "Bob" not in page.text


def test_the_api_returns_no_author_id(client, alice, bob, general):
    post_message(bob, general)
    bob.delete()
    client.force_login(alice)
    (message,) = client.get(f"/api/rooms/{general.pk}/messages").json()["messages"]
    assert message["author"]["id"] is None


def test_two_former_members_may_have_used_the_same_client_id(bob, charlie, general):
    first = post_message(bob, general)
    other = post_message(charlie, general)
    Message.objects.filter(pk=other.pk).update(client_id=first.client_id)
    bob.delete()
    charlie.delete()
    assert Message.objects.filter(client_id=first.client_id).count() == 2


async def test_a_deletion_closes_only_the_sockets_of_the_account(connect, alice, bob, general):
    socket = await connect(alice)
    await socket.open(general)
    theirs = await connect(bob)
    await run(bob.delete)
    assert await theirs.closed() == 4401
    await run(post_message, alice, general, "Still here")
    frame = await socket.next("message")
    assert orjson.dumps(frame)


async def test_open_pages_are_notified(connect, url, alice, bob, general):
    sockets = [await connect(alice), await connect(alice, url)]
    former = {"id": bob.pk, "username": "", "name": "Former member", "bot": False}
    await run(bob.delete)
    for socket in sockets:
        assert (await socket.next("person"))["user"] == former


def test_pages_forget_the_name_immediately(
    client, alice, bob, general, django_capture_on_commit_callbacks
):
    post_message(bob, general, "hello")
    client.force_login(alice)
    assert ">Bob<" in client.get(f"/rooms/{general.pk}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        bob.delete()
    page = client.get(f"/rooms/{general.pk}/").content.decode()
    assert ">Former member<" in page
    assert ">Bob<" not in page
