import uuid

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from chat.exceptions import Forbidden
from chat.live.db_threads import run
from chat.models import Membership, Message, Room
from chat.services import post_batch, posts, room_deletion, rooms
from tests.chat.factories import post_message


def delete_url(room):
    return f"/rooms/{room.pk}/delete/"


def run_tasks(room):
    room_deletion.delete_rows.func(room.pk)


def test_a_deleted_room_is_invisible_immediately(alice, bob, charlie, general):
    post_message(bob, general)
    room_deletion.delete(alice, general.pk)
    for user in (alice, bob, charlie):
        assert not Room.objects.visible_to(user).filter(pk=general.pk).exists()
        with pytest.raises(Forbidden):
            post_message(user, general)


def test_the_rows_are_deleted_in_parts(alice, bob, general, den, monkeypatch):
    monkeypatch.setattr(room_deletion, "MESSAGES_PER_TRANSACTION", 3)
    first = post_message(bob, general)
    for _ in range(7):
        post_message(alice, general, reply_to=first)
    kept = post_message(alice, den)
    room_deletion.delete(alice, general.pk)
    run_tasks(general)
    run_tasks(general)  # as after a crash
    assert list(Message.objects.all()) == [kept]
    assert list(Room.objects.all()) == [den]


def test_a_task_for_a_room_that_was_not_deleted_does_nothing(alice, general):
    post_message(alice, general)
    run_tasks(general)
    assert Message.objects.count() == 1
    assert Room.objects.get(pk=general.pk)


def test_a_lost_task_is_repeated_later(alice, general, den):
    post_message(alice, general)
    room_deletion.delete(alice, general.pk)
    room_deletion.delete_left_over()
    assert list(Room.objects.all()) == [den]


def test_the_name_of_a_deleted_room_is_free(alice, bob, general):
    room_deletion.delete(alice, general.pk)
    assert rooms.create(bob, "General").name == "General"


def test_posts_to_a_deleted_room_are_refused(alice, bob, general, den):
    room_deletion.delete(alice, general.pk)
    written = post_batch.write(
        [posts.Post(alice, room.pk, uuid.uuid4(), "Hello") for room in (general, den)]
    )
    assert isinstance(written[0], Forbidden)
    assert written[1].created


def test_only_owners_and_permitted_users_delete_a_room(alice, bob, charlie, general):
    for user in (bob, charlie):
        with pytest.raises(Forbidden):
            room_deletion.delete(user, general.pk)
    bob.user_permissions.add(Permission.objects.get(codename="delete_room"))
    room_deletion.delete(bob, general.pk)
    assert not Membership.objects.filter(room=general).exists()


def test_a_direct_conversation_is_not_deleted(alice, bob, staff):
    room = rooms.direct(alice, [bob.pk])
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            room_deletion.delete(user, room.pk)


def test_the_page_asks_for_the_name(client, alice, bob, general):
    client.force_login(bob)
    assert client.get(delete_url(general)).status_code == 404
    assert client.post(delete_url(general), {"name": "General"}).status_code == 404
    client.force_login(alice)
    assert b"Archive" not in client.get(delete_url(general)).content.split(b"<form")[0]
    for name in ("", "Den", "Gener", "General" * 20):
        assert client.post(delete_url(general), {"name": name}).status_code == 422
    assert client.post(delete_url(general), {"name": "#general"}).status_code == 302
    assert client.get(f"/rooms/{general.pk}/").status_code == 404


async def test_open_sockets_receive_the_deletion(connect, alice, bob, charlie, general, den):
    member, reader = await connect(bob), await connect(charlie)
    for socket in (member, reader):
        await socket.open(general)
    await run(room_deletion.delete, alice, general.pk)
    for socket in (member, reader):
        frame = await socket.next("room")
        assert (frame["room"]["id"], frame["member"]) == (general.pk, False)
        assert (await socket.ask("open", "error", room=general.pk))["code"] == "forbidden"


def test_the_admin_deletes_a_room_but_not_a_direct_conversation(client, staff, alice, bob, general):
    client.force_login(staff)
    post_message(bob, general)
    direct = rooms.direct(alice, [bob.pk])
    deletion = reverse("admin:chat_room_delete", args=[general.pk])
    assert client.get(deletion).status_code == 200
    assert client.post(deletion, {"post": "yes"}).status_code == 302
    assert not Room.objects.visible_to(bob).filter(pk=general.pk).exists()
    client.get("/admin/")  # shows the message about the deletion once
    assert general.name not in client.get(reverse("admin:chat_room_changelist")).content.decode()
    refused = reverse("admin:chat_room_delete", args=[direct.pk])
    assert client.post(refused, {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [direct.pk], "post": "yes"}
    client.post(reverse("admin:chat_room_changelist"), data)
    assert Room.objects.filter(pk=direct.pk, deleted_at=None).exists()
