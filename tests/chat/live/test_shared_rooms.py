"""Knowing which people share a room: the cost for many people, and a slow database."""

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


async def test_a_crowd_that_returns_costs_one_query_and_one_frame(
    process, crowd, alice, monkeypatch
):
    pages = [await process.open_page(user) for user in (alice, *crowd[:200])]
    for user in crowd[200:]:
        process.elsewhere.opened(user.pk)
    queries = count_calls(monkeypatch, shared_rooms, "memberships")
    frames = count_calls(monkeypatch, presence_feed, "frame")
    await process.pass_seconds()
    assert (len(queries), len(frames)) == (1, 1)
    for page in pages:
        [frame] = page.of("presence")
        assert set(frame["here"]) == {user.pk for user in (alice, *crowd)}


def count_calls(monkeypatch, module, name: str) -> list:
    """Returns a list that grows by one with each call of the function."""
    calls, function = [], getattr(module, name)

    def call(*args):
        calls.append(args)
        return function(*args)

    monkeypatch.setattr(module, name, call)
    return calls


async def test_a_late_answer_of_the_database_delays_nothing_else(
    process, alice, bob, general, monkeypatch
):
    answer, query = threading.Event(), shared_rooms.memberships

    def query_later(user_ids):
        answer.wait(10)
        return query(user_ids)

    monkeypatch.setattr(shared_rooms, "memberships", query_later)
    monkeypatch.setattr(presence_feed, "LOADING_SECONDS", 0)
    hers = await process.open_page(alice)
    process.elsewhere.opened(bob.pk)
    await process.pass_seconds()
    assert hers.others() == {}
    answer.set()
    await process.hub.heartbeat.presence_feed.loading
    await process.pass_seconds()
    assert hers.others() == {bob.pk: "here"}


async def test_a_failed_query_is_repeated(process, alice, bob, general, monkeypatch, caplog):
    def fail(user_ids):
        monkeypatch.undo()
        raise DatabaseError("gone")

    monkeypatch.setattr(shared_rooms, "memberships", fail)
    hers = await process.open_page(alice)
    process.elsewhere.opened(bob.pk)
    await process.pass_seconds()
    assert hers.others() == {}
    assert "read again" in caplog.text
    await process.pass_seconds()
    assert hers.others() == {bob.pk: "here"}


async def test_events_that_arrive_while_rooms_are_loaded_win(process, alice, bob, charlie, den):
    await run(memberships.invite, alice, den.pk, "bob")
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    await process.pass_seconds()
    loading = asyncio.create_task(process.hub.registry.shared_rooms.load([bob.pk]))
    await asyncio.sleep(0)
    meadow = Room(pk=10**6, kind="public")
    process.hub.dispatch(events.left_event(den, bob.pk))
    process.hub.dispatch(events.joined_event(meadow, [bob.pk, charlie.pk]))
    await loading
    assert process.hub.registry.shared_rooms.rooms_of[bob.pk] == {meadow.pk}
    process.elsewhere.opened(bob.pk)
    await process.pass_seconds()
    assert (hers.others(), his.others()) == ({}, {bob.pk: "here"})
