import uuid

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from chat.exceptions import Forbidden
from chat.live.db_threads import run
from chat.models import Membership, Message, Room
from chat.services import post_batch, posts, room_deletion, rooms
from tests.chat.factories import post_message


def delete_page(room):
    return f"/rooms/{room.pk}/delete/"


def run_tasks(room):
    room_deletion.delete_rows.func(room.pk)


def test_nobody_sees_it_from_then_on(alice, bob, charlie, general):
    post_message(bob, general)
    room_deletion.delete(alice, general.pk)
    for user in (alice, bob, charlie):
        assert not Room.objects.visible_to(user).filter(pk=general.pk).exists()
        with pytest.raises(Forbidden):
            post_message(user, general)


def test_its_rows_go_in_parts(alice, bob, general, den, monkeypatch):
    monkeypatch.setattr(room_deletion, "MESSAGES_PER_TRANSACTION", 3)
    first = post_message(bob, general)
    for _ in range(7):
        post_message(alice, general, reply_to=first)
    kept = post_message(alice, den)
    room_deletion.delete(alice, general.pk)
    run_tasks(general)
    run_tasks(general)  # a crash repeats it
    assert list(Message.objects.all()) == [kept]
    assert list(Room.objects.all()) == [den]


def test_a_task_for_a_room_that_was_not_deleted_does_nothing(alice, general):
    post_message(alice, general)
    run_tasks(general)
    assert Message.objects.count() == 1
    assert Room.objects.get(pk=general.pk)


def test_a_lost_task_is_done_later(alice, general, den):
    post_message(alice, general)
    room_deletion.delete(alice, general.pk)
    room_deletion.delete_left_over.func()
    assert list(Room.objects.all()) == [den]


def test_its_name_is_free_again(alice, bob, general):
    room_deletion.delete(alice, general.pk)
    assert rooms.create(bob, "General").name == "General"


def test_posts_of_the_same_batch_are_refused(alice, bob, general, den):
    room_deletion.delete(alice, general.pk)
    written = post_batch.write(
        [posts.Post(alice, room.pk, uuid.uuid4(), "Hello") for room in (general, den)]
    )
    assert isinstance(written[0], Forbidden)
    assert written[1].created


def test_who_may_delete(alice, bob, charlie, general):
    for user in (bob, charlie):
        with pytest.raises(Forbidden):
            room_deletion.delete(user, general.pk)
    bob.user_permissions.add(Permission.objects.get(codename="delete_room"))
    room_deletion.delete(bob, general.pk)
    assert not Membership.objects.filter(room=general).exists()


def test_not_a_direct_conversation(alice, bob, staff):
    room = rooms.direct(alice, [bob.pk])
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            room_deletion.delete(user, room.pk)


def test_the_page_asks_for_the_name(client, alice, bob, general):
    client.force_login(bob)
    assert client.get(delete_page(general)).status_code == 404
    assert client.post(delete_page(general), {"name": "General"}).status_code == 404
    client.force_login(alice)
    assert b"Archive" not in client.get(delete_page(general)).content.split(b"<form")[0]
    for name in ("", "Den", "Gener", "General" * 20):
        assert client.post(delete_page(general), {"name": name}).status_code == 422
    assert client.post(delete_page(general), {"name": "#general"}).status_code == 302
    assert client.get(f"/rooms/{general.pk}/").status_code == 404


async def test_open_sockets_hear_of_it(connect, alice, bob, charlie, general, den):
    member, reader = await connect(bob), await connect(charlie)
    for socket in (member, reader):
        await socket.open(general)
    await run(room_deletion.delete, alice, general.pk)
    for socket in (member, reader):
        told = await socket.next("room")
        assert (told["room"]["id"], told["member"]) == (general.pk, False)
        assert (await socket.ask("open", "error", room=general.pk))["code"] == "forbidden"


def test_in_the_admin(client, staff, alice, bob, general):
    client.force_login(staff)
    post_message(bob, general)
    direct = rooms.direct(alice, [bob.pk])
    deletion = reverse("admin:chat_room_delete", args=[general.pk])
    assert client.get(deletion).status_code == 200
    assert client.post(deletion, {"post": "yes"}).status_code == 302
    assert not Room.objects.visible_to(bob).filter(pk=general.pk).exists()
    client.get("/admin/")  # which says that it was deleted
    assert general.name not in client.get(reverse("admin:chat_room_changelist")).content.decode()
    refused = reverse("admin:chat_room_delete", args=[direct.pk])
    assert client.post(refused, {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [direct.pk], "post": "yes"}
    client.post(reverse("admin:chat_room_changelist"), data)
    assert Room.objects.filter(pk=direct.pk, deleted_at=None).exists()
