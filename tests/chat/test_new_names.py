"""A new display name is told to those who may see it."""

import pytest

from chat.events import events
from chat.exceptions import Invalid
from chat.live.db_threads import run
from chat.rendering.bidi import isolate
from chat.services import people, rooms
from tests.chat.factories import post_message
from tests.chat.posting import post


def rename(user, name):
    user.name = name
    user.save()


async def test_to_those_who_share_a_room(connect, url, alice, bob, charlie, general):
    sockets = [await connect(user, url) for user in (alice, bob, charlie)]
    await run(rename, bob, "Robert")
    person = {"id": bob.pk, "username": "bob", "name": "Robert", "bot": False}
    for socket in sockets[:2]:
        assert await socket.next("person") == {"type": "person", "user": person}
    assert "person" not in [frame["type"] for frame in await sockets[2].settled()]


async def test_to_those_who_only_look_at_a_public_room(connect, bob, charlie, general):
    socket = await connect(charlie)
    await socket.open(general)
    await run(rename, bob, "Robert")
    assert (await socket.next("person"))["user"]["name"] == "Robert"


async def test_the_sockets_of_the_person_speak_with_it(connect, url, alice, bob, general):
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
def test_saving_the_same_name_tells_nobody(alice, fields, monkeypatch):
    told = []
    monkeypatch.setattr(events, "person_renamed", told.append)
    alice.save(update_fields=fields)
    assert told == []


def test_of_a_new_person_nobody_is_told(django_user_model, db, monkeypatch):
    told = []
    monkeypatch.setattr(events, "person_renamed", told.append)
    django_user_model.objects.create_user("dora", name="Dora")
    assert told == []


def test_pages_have_it_at_once(client, alice, bob, general, django_capture_on_commit_callbacks):
    post_message(bob, general, "hello")
    client.force_login(alice)
    assert "Bob" in client.get(f"/rooms/{general.pk}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        rename(bob, "Robert")
    page = client.get(f"/rooms/{general.pk}/").content.decode()
    assert ">Robert<" in page
    assert ">Bob<" not in page


@pytest.mark.parametrize(
    "typed", ["bob", "@bob", " Bob ", "bob ", "@BOB", "＠bob", " @ bob", "bob\n"]
)
def test_a_username_as_people_write_it(bob, typed):
    assert people.find(typed) == bob
    assert people.ids([], typed.replace("@ ", "@")) == {bob.pk}


@pytest.mark.parametrize("typed", ["", "@", "  ", "bo b", "@nobody", "bob@", "\x00"])
def test_a_username_that_nobody_has(bob, typed):
    with pytest.raises(Invalid):
        people.find(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "bob, @charlie",
        "@bob @charlie",
        "bob;charlie",
        "bob、＠charlie",
        "bob；charlie",
        "bob؛charlie",
    ],
)
def test_several(bob, charlie, typed):
    assert people.ids([], typed) == {bob.pk, charlie.pk}


@pytest.mark.parametrize("typed", ["@charlie", " Charlie ", "charlie "])
def test_the_invite_box(client, alice, charlie, general, typed):
    client.force_login(alice)
    answer = client.post(f"/rooms/{general.pk}/members/", {"username": typed})
    assert answer.status_code == 302
    assert rooms.get(charlie, general.pk).memberships.filter(user=charlie).exists()


@pytest.mark.parametrize("typed", ["@charlie", "＠Charlie", "@char"])
def test_searching_for_people(client, alice, charlie, typed):
    client.force_login(alice)
    for path in ("/people/", "/jump/"):
        assert "Charlie" in client.get(path, {"q": typed}).content.decode()


def test_names_that_begin_so_come_first(django_user_model, alice):
    for number in range(25):
        django_user_model.objects.create_user(f"a{number}", name=f"Gerald {number}")
    django_user_model.objects.create_user("z1", name="Big Alan")
    django_user_model.objects.create_user("z2", name="Alan")
    assert [person.username for person in people.search(alice, "al")][:2] == ["z2", "z1"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bob", "Bob"),
        ("שלום", "\u2068שלום\u2069"),
        ("Bob علي", "\u2068Bob علي\u2069"),
        ("李雷", "李雷"),
    ],
)
def test_names_that_would_turn_a_sentence_are_isolated(name, shown):
    assert isolate(name) == shown
