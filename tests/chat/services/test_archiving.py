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


def test_nobody_writes_in_an_archived_room(archived, alice, bob, charlie, general):
    for user in (alice, bob, charlie):
        with pytest.raises(Archived):
            post_message(user, general)
    with pytest.raises(Archived):
        editing.edit(bob, archived.pk, "Bye")
    with pytest.raises(Archived):
        editing.react(alice, archived.pk, "👍", True)
    archived.refresh_from_db()
    assert (archived.body, archived.reactions) == ("Hello", {})


def test_its_members_and_nobody_new(archived, alice, charlie, general):
    with pytest.raises(Archived):
        memberships.join(charlie, general.pk)
    with pytest.raises(Archived):
        memberships.invite(alice, general.pk, "charlie")
    assert rooms.get(charlie, general.pk) == general  # to read it


def test_its_author_and_moderators_still_delete(archived, bob):
    assert editing.delete(bob, archived.pk).deleted


def test_restored_it_is_as_before(archived, alice, bob, general):
    archiving.restore(alice, general.pk)
    assert post_message(bob, general).seq == 2


def test_new_people_are_not_put_into_it(archived, general, django_user_model):
    general.is_default = True
    general.save()
    dora = django_user_model.objects.create_user("dora", password="x")
    assert not general.memberships.filter(user=dora).exists()


def test_who_may_archive(alice, bob, charlie, general):
    for user in (bob, charlie):
        for verb in (archiving.archive, archiving.restore):
            with pytest.raises(Forbidden):
                verb(user, general.pk)
    bob.user_permissions.add(Permission.objects.get(codename="change_room"))
    assert archiving.archive(bob, general.pk).is_archived


def test_not_a_direct_conversation(alice, bob, staff):
    room = rooms.direct(alice, [bob.pk])
    for user in (alice, staff):
        with pytest.raises(Forbidden):
            archiving.archive(user, room.pk)


def test_not_a_room_that_is_not_there(alice, db):
    with pytest.raises(Forbidden):
        archiving.archive(alice, 10**9)


def test_the_pages(client, alice, bob, general):
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


def test_it_is_not_offered_to_be_joined(client, archived, charlie, general):
    client.force_login(charlie)
    assert b"General" not in client.get("/").content
    page = client.get(f"/rooms/{general.pk}/").content
    assert b"Join this room" not in page


async def test_open_sockets_hear_of_it(connect, alice, bob, general):
    socket = await connect(bob)
    await socket.open(general)
    await run(archiving.archive, alice, general.pk)
    told = await socket.next("room")
    assert (told["room"]["id"], told["room"]["archived"], told["member"]) == (
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
