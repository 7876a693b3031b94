"""The other four places where a nested app plugs in: admission, receivers, sections, frames."""

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
from tests.chat.socket_posts import post as post_by_socket


@pytest.fixture
def silenced(badges, bob):
    badges.silenced.add(bob.pk)
    return badges


def test_a_refused_post_does_not_affect_the_others(silenced, alice, bob, general):
    batch = [Post(user, general.pk, uuid4(), "Hello") for user in (alice, bob, alice)]
    first, second, third = post_batch.write(batch)
    assert isinstance(second, Forbidden)
    assert (first.message.seq, third.message.seq) == (1, 2)


def test_a_refused_user_does_not_join_the_room(silenced, alice, bob, django_user_model):
    silenced.silenced.add((dora := django_user_model.objects.create_user("dora")).pk)
    room = rooms.create(alice, "Garden")
    with pytest.raises(Forbidden):
        post_message(dora, room)
    assert not room.memberships.filter(user=dora).exists()


async def test_a_socket_receives_the_reason(silenced, connect, bob, general):
    socket = await connect(bob)
    client_id = str(uuid4())
    error = await socket.ask(
        "post", "error", room=general.pk, client_id=client_id, body="Hello", reply_to=None
    )
    assert (error["code"], error["client_id"]) == ("forbidden", client_id)
    assert error["detail"] == "You cannot post until tomorrow."


def test_a_refused_user_still_gets_the_answer_to_an_earlier_post(silenced, bob, general):
    silenced.silenced.clear()
    client_id = uuid4()
    first = posting.post(bob, general.pk, client_id, "Hello")
    silenced.silenced.add(bob.pk)
    assert posting.post(bob, general.pk, client_id, "Hello").message == first.message


def test_a_receiver_gets_each_batch_once(
    badges, alice, bob, general, django_capture_on_commit_callbacks
):
    batch = [Post(user, general.pk, uuid4(), "Hello") for user in (alice, bob)]
    with django_capture_on_commit_callbacks(execute=True):
        results = post_batch.write(batch)
    assert badges.received == [[result.message.pk for result in results]]
    with django_capture_on_commit_callbacks(execute=True):
        post_batch.write(batch)  # the same posts again
    assert len(badges.received) == 1


@pytest.mark.parametrize(
    ("change", "arguments"),
    [("edit", ["Edited"]), ("react", ["👍", True]), ("delete", []), ("change_parts", None)],
)
def test_a_receiver_gets_each_kind_of_change(
    badges, alice, general, change, arguments, django_capture_on_commit_callbacks
):
    message = post_message(alice, general)
    with django_capture_on_commit_callbacks(execute=True):
        if arguments is None:
            editing.change_parts(message.pk, lambda known: [badges.badge("gold")])
        else:
            getattr(editing, change)(alice, message.pk, *arguments)
    assert badges.received == [[message.pk]]


def test_a_failing_receiver_does_not_affect_the_others(
    badges, alice, general, caplog, django_capture_on_commit_callbacks
):
    def fail(messages):
        raise OSError

    receivers.register(fail)
    receivers.register(badges.record_changes)
    with django_capture_on_commit_callbacks(execute=True):
        message = post_message(alice, general)
    receivers.unregister(fail)
    receivers.unregister(badges.record_changes)
    assert badges.received == [[message.pk]] * 2
    assert "A receiver of changes failed" in caplog.text


def test_a_receiver_gets_nothing_of_a_rolled_back_transaction(
    badges, alice, general, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(post_batch, "column_values", lambda message: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        post_message(alice, general)
    assert badges.received == []


def test_room_and_profile_pages_show_the_sections(badges, client, alice, general):
    client.force_login(alice)
    room = client.get(f"/rooms/{general.pk}/members/").content.decode()
    assert '<h2 id="badges">Badges</h2>' in room
    assert "Badges in &lt;General&gt;" in room
    person = client.get("/accounts/profile/").content.decode()
    assert "Badges of alice" in person


def test_an_empty_section_is_not_shown(badges, client, alice, general, monkeypatch):
    empty = sections.RoomSection("Badges", lambda request, room: "")
    monkeypatch.setitem(sections.room_sections, "badges", empty)
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
async def test_an_invalid_frame_is_refused(badges, connect, bob, fields, code):
    socket = await connect(bob)
    assert (await socket.ask("badge", "error", **fields))["code"] == code


async def test_frames_of_an_app_are_rate_limited(badges, connect, bob, used_up):
    socket = await connect(bob)
    used_up(["CHANGES_PER_MINUTE"], user_id=bob.pk)
    error = await socket.ask("badge", "error", message=7, name="gold")
    assert error["code"] == "rate_limited"


async def test_a_frame_is_unknown_without_its_app(connect, bob):
    socket = await connect(bob)
    assert (await socket.ask("badge", "error", message=7, name="gold"))["code"] == "bad_frame"


def test_a_frame_type_is_registered_once(badges):
    for type in ("badge", "post"):
        with pytest.raises(ValueError, match="already"):
            client_frames.register(type, client_frames.app_frames["badge"])


def test_undeclared_frames_are_not_sent(badges, bob):
    with pytest.raises(ValueError, match="No app declared"):
        events.send({"type": "surprise"}, [bob.pk])


async def test_a_receiver_gets_posts_of_sockets(badges, connect, bob, general):
    socket = await connect(bob)
    posted = await post_by_socket(socket, general)
    assert badges.received == [[posted["id"]]]


def test_an_error_in_a_check_is_an_error_of_the_post(alice, general, monkeypatch):
    def fail(posts):
        raise ChatError("Not now.")

    monkeypatch.setattr(admission, "_checks", [fail])
    with pytest.raises(ChatError):
        post_message(alice, general)
