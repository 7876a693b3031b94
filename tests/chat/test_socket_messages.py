from uuid import uuid4

from django.utils import timezone

from chat.live.db_threads import run
from chat.models import Message, Room
from chat.services import editing, memberships
from chat.services.favourites import set_favourite
from tests.chat.factories import post_message
from tests.chat.socket_posts import post, row_of


async def test_hello_has_the_user_and_the_rooms(connect, url, alice, bob, general, den):
    await run(post_message, bob, general)
    await run(set_favourite, alice, general.pk, True)
    socket = await connect(alice, url)
    hello = socket.hello
    assert hello["type"] == "hello"
    assert hello["user"] == {"id": alice.pk, "username": "alice", "name": "Alice", "bot": False}
    assert hello["server"]
    assert alice.pk in hello["here"]
    assert sorted(hello["rooms"], key=lambda room: room["id"]) == [
        {
            **{"id": general.pk, "kind": "public", "name": "General", "archived": False},
            **{"head": 1, "read": 0, "unread": 1, "mentions": 0, "as_of": 1, "draft_at": 0},
            "favourite": 0,
        },
        {
            **{"id": den.pk, "kind": "private", "name": "Den", "archived": False},
            **{"head": 0, "read": 0, "unread": 0, "mentions": 0, "as_of": 0, "draft_at": 0},
            "favourite": None,
        },
    ]


async def test_a_post_is_answered_and_reaches_everybody(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    for socket in (mine, theirs):
        assert await socket.open(general) == {
            "type": "opened",
            "room": general.pk,
            "head": 0,
            "changes": [],
            "reset": False,
        }
    client_id = str(uuid4())
    await mine.send("post", room=general.pk, client_id=client_id, body="Hello *you*")
    answers = {(await mine.receive())["type"]: None for _ in range(2)}
    assert answers.keys() == {"posted", "message"}
    message = await theirs.next("message")
    assert message == {
        "type": "message",
        "room": general.pk,
        "id": message["id"],
        "seq": 1,
        "version": 1,
        "client_id": client_id,
        "author": alice.pk,
        "deleted": False,
        "html": await row_of(message["id"]),
    }


async def test_posted_has_the_id_and_the_numbers_of_the_message(connect, url, alice, general):
    socket, client_id = await connect(alice, url), str(uuid4())
    posted = await post(socket, general, client_id=client_id)
    message = await run(Message.objects.get, client_id=client_id)
    assert posted == {
        "type": "posted",
        "client_id": client_id,
        "id": message.pk,
        "seq": 1,
        "version": 1,
    }


async def test_a_post_sent_again_is_one_message(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    await theirs.open(general)
    client_id = str(uuid4())
    first = await post(mine, general, client_id=client_id)
    assert await post(mine, general, client_id=client_id) == first
    other = await connect(alice, url)
    assert await post(other, general, "Other words", client_id) == first
    await post(mine, general, "Last")
    assert [(await theirs.next("message"))["seq"] for _ in range(2)] == [1, 2]


async def test_posts_of_one_socket_keep_their_order(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    await theirs.open(general)
    ids = [str(uuid4()) for _ in range(30)]
    for client_id in ids:
        await mine.send("post", room=general.pk, client_id=client_id, body="Hello")
    assert [(await theirs.next("message"))["client_id"] for _ in ids] == ids
    assert [(await mine.next("posted"))["seq"] for _ in ids] == list(range(1, 31))


async def test_a_json_socket_receives_data_instead_of_html(connect, url, alice, general):
    socket = await connect(alice, url, "?format=json")
    await socket.open(general)
    await socket.send("post", room=general.pk, client_id=str(uuid4()), body="Hello *you*")
    message = await socket.next("message")
    assert "html" not in message
    assert message["data"]["body"] == "Hello *you*"
    assert message["data"]["author"] == {
        "id": alice.pk,
        "username": "alice",
        "name": "Alice",
        "bot": False,
    }
    opened = await socket.open(general, since=0)
    assert opened["changes"] == [message]


async def test_opening_a_room_returns_the_changes_since_a_version(connect, url, alice, general):
    for body in ("One", "Two", "Three"):
        message = await run(post_message, alice, general, body)
    await run(editing.delete, alice, message.pk)
    socket = await connect(alice, url)
    opened = await socket.open(general, since=1)
    assert (opened["head"], opened["reset"]) == (4, False)
    assert [(c["seq"], c["version"], c["deleted"]) for c in opened["changes"]] == [
        (2, 2, False),
        (3, 4, True),
    ]
    assert opened["changes"][0]["html"] == await row_of(opened["changes"][0]["id"])
    assert (await socket.open(general))["changes"] == []


async def test_opening_a_room_with_an_unknown_version_resets_it(connect, url, alice, general):
    socket = await connect(alice, url)
    opened = await socket.open(general, since=99)
    assert (opened["head"], opened["changes"], opened["reset"]) == (0, [], True)


def write_without_event(author, room) -> str:
    message = Message(room=room, author=author, body="Hello", html="<p>Hello</p>")
    message.seq = message.version = message.post_number = 1
    message.client_id, message.created_at = uuid4(), timezone.now()
    message.save()
    Room.objects.filter(pk=room.pk).update(head=1, post_count=1)
    return str(message.client_id)


async def test_members_who_have_not_opened_the_room_receive_activity(
    connect, url, alice, bob, charlie, general
):
    await run(memberships.join, charlie, general.pk)
    mine, bobs, charlies = [await connect(user, url) for user in (alice, bob, charlie)]
    await post(mine, general, "Ask @bob")
    activity = await bobs.next("activity")
    assert activity == {
        "type": "activity",
        "room": general.pk,
        "head": 1,
        "seq": 1,
        "author": alice.pk,
        "name": "Alice",
        "preview": "Ask @bob",
        "mention": True,
        "since": 0,
        "authors": [alice.pk],
        "recount": False,
    }
    assert await charlies.next("activity") == {**activity, "mention": False}


async def test_a_closed_room_sends_only_activity(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    await theirs.open(general)
    await theirs.send("close", room=general.pk)
    await theirs.settled()
    await post(mine, general)
    assert [frame["type"] for frame in await theirs.until("activity")].count("message") == 0


async def test_a_visitor_of_a_public_room_receives_messages(connect, url, alice, charlie, general):
    mine, visitor = await connect(alice, url), await connect(charlie, url)
    assert visitor.hello["rooms"] == []
    await visitor.open(general)
    await post(mine, general)
    assert (await visitor.next("message"))["seq"] == 1


async def test_posting_to_a_public_room_makes_the_author_a_member(connect, url, charlie, general):
    socket = await connect(charlie, url)
    await socket.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    frames = [await socket.receive() for _ in range(2)]
    membership = next(frame for frame in frames if frame["type"] == "room")
    assert (membership["room"]["id"], membership["member"]) == (general.pk, True)


async def test_a_user_cannot_post_as_another_user(connect, url, alice, bob, general):
    socket = await connect(bob, url)
    forged = {"author": alice.pk, "from": "alice", "user": alice.pk, "seq": 99, "version": 99}
    posted = await post(socket, general, **forged)
    message = await run(Message.objects.get, pk=posted["id"])
    assert (message.author_id, message.seq) == (bob.pk, 1)


async def test_a_post_sent_again_is_published_if_its_event_was_lost(
    connect, url, alice, bob, general
):
    """The process that wrote it ended before it published the event."""
    mine, theirs = await connect(alice, url), await connect(bob, url)
    await theirs.open(general)
    client_id = await run(write_without_event, alice, general)
    assert (await post(mine, general, client_id=client_id))["seq"] == 1
    assert (await theirs.next("message"))["client_id"] == client_id
