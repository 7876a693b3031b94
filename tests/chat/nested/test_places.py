"""The other places where a nested app plugs in."""

from uuid import uuid4

import pytest

from chat.events import events, receivers
from chat.exceptions import ChatError, Forbidden
from chat.live.db_threads import run
from chat.protocol import client_frames
from chat.services import admission, editing, post_batch, posting, rooms
from chat.services.posts import Post
from chat.views import sections
from tests.chat.factories import post_message
from tests.chat.posting import post as post_by_socket


@pytest.fixture
def silenced(badges, bob):
    badges.silenced.add(bob.pk)
    return badges


def test_a_refused_post_leaves_the_others_be(silenced, alice, bob, general):
    batch = [Post(user, general.pk, uuid4(), "Hello") for user in (alice, bob, alice)]
    first, second, third = post_batch.write(batch)
    assert isinstance(second, Forbidden)
    assert (first.message.seq, third.message.seq) == (1, 2)


def test_a_refused_person_joins_no_room(silenced, alice, bob, django_user_model):
    silenced.silenced.add((dora := django_user_model.objects.create_user("dora")).pk)
    room = rooms.create(alice, "Garden")
    with pytest.raises(Forbidden):
        post_message(dora, room)
    assert not room.memberships.filter(user=dora).exists()


async def test_a_socket_is_told_why(silenced, connect, bob, general):
    socket = await connect(bob)
    client_id = str(uuid4())
    error = await socket.ask(
        "post", "error", room=general.pk, client_id=client_id, body="Hello", reply_to=None
    )
    assert (error["code"], error["client_id"]) == ("forbidden", client_id)
    assert error["detail"] == "You cannot post until tomorrow."


def test_a_post_of_before_is_told_of_again(silenced, bob, general):
    silenced.silenced.clear()
    client_id = uuid4()
    first = posting.post(bob, general.pk, client_id, "Hello")
    silenced.silenced.add(bob.pk)
    assert posting.post(bob, general.pk, client_id, "Hello").message == first.message


def test_a_batch_is_heard_of_once(badges, alice, bob, general, django_capture_on_commit_callbacks):
    batch = [Post(user, general.pk, uuid4(), "Hello") for user in (alice, bob)]
    with django_capture_on_commit_callbacks(execute=True):
        results = post_batch.write(batch)
    assert badges.heard == [[result.message.pk for result in results]]
    with django_capture_on_commit_callbacks(execute=True):
        post_batch.write(batch)  # the same posts again
    assert len(badges.heard) == 1


@pytest.mark.parametrize(
    ("change", "arguments"),
    [("edit", ["Edited"]), ("react", ["👍", True]), ("delete", []), ("change_parts", None)],
)
def test_each_change_is_heard_of(
    badges, alice, general, change, arguments, django_capture_on_commit_callbacks
):
    message = post_message(alice, general)
    with django_capture_on_commit_callbacks(execute=True):
        if arguments is None:
            editing.change_parts(message.pk, lambda known: [badges.badge("gold")])
        else:
            getattr(editing, change)(alice, message.pk, *arguments)
    assert badges.heard == [[message.pk]]


def test_a_receiver_that_fails_leaves_the_others_be(
    badges, alice, general, caplog, django_capture_on_commit_callbacks
):
    def fail(messages):
        raise OSError

    receivers.register(fail)
    receivers.register(badges.hear)
    with django_capture_on_commit_callbacks(execute=True):
        message = post_message(alice, general)
    receivers.unregister(fail)
    receivers.unregister(badges.hear)
    assert badges.heard == [[message.pk]] * 2
    assert "A receiver of changes failed" in caplog.text


def test_what_is_rolled_back_is_not_heard_of(
    badges, alice, general, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(post_batch, "stored", lambda message: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        post_message(alice, general)
    assert badges.heard == []


def test_sections_of_a_room_and_of_a_person(badges, client, alice, general):
    client.force_login(alice)
    room = client.get(f"/rooms/{general.pk}/members/").content.decode()
    assert '<h2 id="badges">Badges</h2>' in room
    assert "Badges in &lt;General&gt;" in room
    person = client.get("/accounts/profile/").content.decode()
    assert "Badges of alice" in person


def test_a_section_that_says_nothing_is_left_out(badges, client, alice, general, monkeypatch):
    silent = sections.RoomSection("Badges", lambda request, room: "")
    monkeypatch.setitem(sections.room_sections, "badges", silent)
    client.force_login(alice)
    assert "Badges" not in client.get(f"/rooms/{general.pk}/members/").content.decode()


async def test_a_frame_is_handled_and_answered(badges, connect, alice, bob, general):
    mine, theirs = await connect(alice), await connect(bob)
    message = await run(post_message, alice, general)
    answer = await theirs.ask("badge", "badge_given", message=message.pk, name="gold")
    assert answer["message"] == message.pk
    assert (await mine.next("badged"))["by"] == bob.pk
    await run(message.refresh_from_db)
    assert message.parts == [badges.badge("gold")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"message": 10**9, "name": "gold"}, "forbidden"),
        ({"message": "7", "name": "gold"}, "bad_frame"),
        ({"message": 7}, "bad_frame"),
        ({"message": 2**63, "name": "gold"}, "bad_frame"),
    ],
)
async def test_a_frame_that_cannot_be_used(badges, connect, bob, fields, code):
    socket = await connect(bob)
    assert (await socket.ask("badge", "error", **fields))["code"] == code


async def test_a_frame_counts_towards_its_limit(badges, connect, bob, used_up):
    socket = await connect(bob)
    used_up(["CHANGES_PER_MINUTE"], user_id=bob.pk)
    error = await socket.ask("badge", "error", message=7, name="gold")
    assert error["code"] == "rate_limited"


async def test_without_the_app_the_frame_is_not_known(connect, bob):
    socket = await connect(bob)
    assert (await socket.ask("badge", "error", message=7, name="gold"))["code"] == "bad_frame"


def test_a_type_is_taken_once(badges):
    for type in ("badge", "post"):
        with pytest.raises(ValueError, match="already"):
            client_frames.register(type, client_frames.app_frames["badge"])


def test_frames_that_nobody_declared_are_not_sent(badges, bob):
    with pytest.raises(ValueError, match="No app declared"):
        events.send({"type": "surprise"}, [bob.pk])


async def test_posting_by_a_socket_goes_by_the_same_door(badges, connect, bob, general):
    socket = await connect(bob)
    posted = await post_by_socket(socket, general)
    assert badges.heard == [[posted["id"]]]


def test_a_check_that_fails_is_an_error_of_the_post(alice, general, monkeypatch):
    def fail(posts):
        raise ChatError("Not now.")

    monkeypatch.setattr(admission, "_checks", [fail])
    with pytest.raises(ChatError):
        post_message(alice, general)
