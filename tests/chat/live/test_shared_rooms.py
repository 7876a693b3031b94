"""Who shares a room with whom: what it costs to know it of many, and while the database is slow."""

import asyncio
import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError

from chat.events import events
from chat.live import presence_feed, shared_rooms
from chat.live.db_threads import run
from chat.models import Membership, Room
from chat.services import memberships


@pytest.fixture
def crowd(general, alice):
    """Four hundred members of General, each in a conversation with alice too."""
    model = get_user_model()
    users = model.objects.bulk_create(model(username=f"person{n}") for n in range(400))
    conversations = [Room(kind="direct", direct_key=f"{alice.pk}:{user.pk}") for user in users]
    conversations = Room.objects.bulk_create(conversations)
    for user, conversation in zip(users, conversations, strict=True):
        Membership.objects.create(room=general, user=user)
        Membership.objects.bulk_create(Membership(room=conversation, user=u) for u in (user, alice))
    return users


async def test_a_crowd_that_comes_back_costs_one_query_and_one_frame(
    here, crowd, alice, monkeypatch
):
    pages = [await here.enter(user) for user in (alice, *crowd[:200])]
    for user in crowd[200:]:
        here.elsewhere.opened(user.pk)
    queries = counted(monkeypatch, shared_rooms, "memberships")
    frames = counted(monkeypatch, presence_feed, "frame")
    await here.second()
    assert (len(queries), len(frames)) == (1, 1)
    for page in pages:
        [frame] = page.of("presence")
        assert set(frame["here"]) == {user.pk for user in (alice, *crowd)}


def counted(monkeypatch, module, name: str) -> list:
    """Grows by one with each call."""
    calls, function = [], getattr(module, name)

    def call(*args):
        calls.append(args)
        return function(*args)

    monkeypatch.setattr(module, name, call)
    return calls


async def test_an_answer_of_the_database_that_is_late_holds_nothing_up(
    here, alice, bob, general, monkeypatch
):
    answer, look = threading.Event(), shared_rooms.memberships

    def look_later(user_ids):
        answer.wait(10)
        return look(user_ids)

    monkeypatch.setattr(shared_rooms, "memberships", look_later)
    monkeypatch.setattr(presence_feed, "LOADING_SECONDS", 0)
    hers = await here.enter(alice)
    here.elsewhere.opened(bob.pk)
    await here.second()
    assert hers.look() == {}
    answer.set()
    await here.hub.heartbeat.presence_feed.loading
    await here.second()
    assert hers.look() == {bob.pk: "here"}


async def test_a_database_that_fails_is_asked_again(here, alice, bob, general, monkeypatch, caplog):
    def fail(user_ids):
        monkeypatch.undo()
        raise DatabaseError("gone")

    monkeypatch.setattr(shared_rooms, "memberships", fail)
    hers = await here.enter(alice)
    here.elsewhere.opened(bob.pk)
    await here.second()
    assert hers.look() == {}
    assert "read again" in caplog.text
    await here.second()
    assert hers.look() == {bob.pk: "here"}


async def test_what_events_say_while_rooms_are_read_is_newer(here, alice, bob, charlie, den):
    await run(memberships.invite, alice, den.pk, "bob")
    hers, his = await here.enter(alice), await here.enter(charlie)
    await here.second()
    loading = asyncio.create_task(here.hub.registry.shared_rooms.load([bob.pk]))
    await asyncio.sleep(0)
    meadow = Room(pk=10**6, kind="public")
    here.hub.dispatch(events.leaving(den, bob.pk))
    here.hub.dispatch(events.joining(meadow, [bob.pk, charlie.pk]))
    await loading
    assert here.hub.registry.shared_rooms.rooms_of[bob.pk] == {meadow.pk}
    here.elsewhere.opened(bob.pk)
    await here.second()
    assert (hers.look(), his.look()) == ({}, {bob.pk: "here"})
