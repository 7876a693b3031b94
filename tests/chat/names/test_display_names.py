"""A new display name reaches the people who may see it."""

import pytest

from chat.events import events
from chat.live.db_threads import run
from tests.chat.factories import post_message
from tests.chat.socket_posts import post


def rename(user, name):
    user.name = name
    user.save()


async def test_members_of_a_shared_room_receive_the_new_name(
    connect, url, alice, bob, charlie, general
):
    sockets = [await connect(user, url) for user in (alice, bob, charlie)]
    await run(rename, bob, "Robert")
    person = {"id": bob.pk, "username": "bob", "name": "Robert", "bot": False}
    for socket in sockets[:2]:
        assert await socket.next("person") == {"type": "person", "user": person}
    assert "person" not in [frame["type"] for frame in await sockets[2].settled()]


async def test_a_visitor_of_a_public_room_receives_the_new_name(connect, bob, charlie, general):
    socket = await connect(charlie)
    await socket.open(general)
    await run(rename, bob, "Robert")
    assert (await socket.next("person"))["user"]["name"] == "Robert"


async def test_frames_of_the_person_have_the_new_name(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    for socket in (mine, theirs):
        await socket.open(general)
    await run(rename, bob, "Robert")
    await theirs.next("person")
    await theirs.send("typing", room=general.pk)
    assert (await mine.next("typing"))["name"] == "Robert"
    await post(theirs, general)
    assert 'class="author">Robert<' in (await mine.next("message"))["html"]


@pytest.mark.parametrize("fields", [["last_login"], ["password"], None])
def test_saving_the_same_name_publishes_nothing(alice, fields, monkeypatch):
    published = []
    monkeypatch.setattr(events, "person_renamed", published.append)
    alice.save(update_fields=fields)
    assert published == []


def test_creating_a_user_publishes_nothing(django_user_model, db, monkeypatch):
    published = []
    monkeypatch.setattr(events, "person_renamed", published.append)
    django_user_model.objects.create_user("dora", name="Dora")
    assert published == []


def test_pages_show_the_new_name_immediately(
    client, alice, bob, general, django_capture_on_commit_callbacks
):
    post_message(bob, general, "hello")
    client.force_login(alice)
    assert "Bob" in client.get(f"/rooms/{general.pk}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        rename(bob, "Robert")
    page = client.get(f"/rooms/{general.pk}/").content.decode()
    assert ">Robert<" in page
    assert ">Bob<" not in page
