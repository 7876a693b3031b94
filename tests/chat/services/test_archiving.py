import pytest
from django.contrib.auth.models import Permission

from chat.exceptions import Archived, Forbidden
from chat.live.db_threads import run
from chat.services import archiving, editing, memberships, rooms
from tests.chat.factories import post_message


def archive(client, room):
    return client.post(f"/rooms/{room.pk}/archive/")


@pytest.fixture
def archived(alice, bob, general):
    message = post_message(bob, general, "Hello")
    archiving.archive(alice, general.pk)
    general.refresh_from_db()
    return message


def test_an_archived_room_accepts_no_posts_edits_and_reactions(
    archived, alice, bob, charlie, general
):
    for user in (alice, bob, charlie):
        with pytest.raises(Archived):
            post_message(user, general)
    with pytest.raises(Archived):
        editing.edit(bob, archived.pk, "Bye")
    with pytest.raises(Archived):
        editing.react(alice, archived.pk, "👍", True)
    archived.refresh_from_db()
    assert (archived.body, archived.reactions) == ("Hello", {})


def test_an_archived_room_accepts_no_new_members(archived, alice, charlie, general):
    with pytest.raises(Archived):
        memberships.join(charlie, general.pk)
    with pytest.raises(Archived):
        memberships.invite(alice, general.pk, "charlie")
    assert rooms.get(charlie, general.pk) == general  # which may be read


def test_an_author_still_deletes_in_an_archived_room(archived, bob):
    assert editing.delete(bob, archived.pk).deleted


def test_a_restored_room_accepts_posts(archived, alice, bob, general):
    archiving.restore(alice, general.pk)
    assert post_message(bob, general).seq == 2


def test_new_users_do_not_join_an_archived_default_room(archived, general, django_user_model):
    general.is_default = True
    general.save()
    dora = django_user_model.objects.create_user("dora", password="x")
    assert not general.memberships.filter(user=dora).exists()


def test_only_owners_and_permitted_users_archive_a_room(alice, bob, charlie, general):
    for user in (bob, charlie):
        for change in (archiving.archive, archiving.restore):
            with pytest.raises(Forbidden):
                change(user, general.pk)
    bob.user_permissions.add(Permission.objects.get(codename="change_room"))
    assert archiving.archive(bob, general.pk).is_archived


def test_a_direct_conversation_is_not_archived(alice, bob, staff):
    room = rooms.direct(alice, [bob.pk])
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            archiving.archive(user, room.pk)


def test_archiving_a_missing_room_is_forbidden(alice, db):
    with pytest.raises(Forbidden):
        archiving.archive(alice, 10**9)


def test_the_pages_archive_and_restore_a_room(client, alice, bob, general):
    client.force_login(bob)
    assert archive(client, general).status_code == 404
    client.force_login(alice)
    assert b"Archive the room" in client.get(f"/rooms/{general.pk}/members/").content
    assert archive(client, general).status_code == 302
    page = client.get(f"/rooms/{general.pk}/").content
    assert b"This room is archived." in page
    assert b'id="composer"' not in page
    assert page.index(b"<summary>Archived</summary>") < page.index(b'data-room="%d"' % general.pk)
    assert client.post(f"/rooms/{general.pk}/restore/").status_code == 302
    assert b'id="composer"' in client.get(f"/rooms/{general.pk}/").content
    assert client.get(f"/rooms/{general.pk}/archive/").status_code == 405


def test_pages_do_not_offer_to_join_an_archived_room(client, archived, charlie, general):
    client.force_login(charlie)
    assert b"General" not in client.get("/").content
    page = client.get(f"/rooms/{general.pk}/").content
    assert b"Join this room" not in page


async def test_open_sockets_receive_the_archived_state(connect, alice, bob, general):
    socket = await connect(bob)
    await socket.open(general)
    await run(archiving.archive, alice, general.pk)
    frame = await socket.next("room")
    assert (frame["room"]["id"], frame["room"]["archived"], frame["member"]) == (
        general.pk,
        True,
        True,
    )
    refused = await socket.ask(
        "post",
        "error",
        room=general.pk,
        client_id="0b5b3c1e-8f9a-4c0e-9d55-0f4a1f0d5c11",
        body="Hi",
    )
    assert (refused["code"], "archived" in refused["detail"]) == ("forbidden", True)
