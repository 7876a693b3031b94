"""Reads changes from the database that a room's sockets have missed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError

from chat.live import db_threads
from chat.live.registry import Registry
from chat.live.room_feed import RoomFeed
from chat.models import Room
from chat.protocol import server_frames
from chat.services import history, lost_changes
from chat.services.history import Changes

# How long to wait for a missing change before the database is queried. Processes publish after they
# commit, so a later change may arrive first.
GAP_SECONDS = 0.25


def repair_soon(registry: Registry, feed: RoomFeed) -> None:
    asyncio.get_running_loop().call_later(GAP_SECONDS, _repair_if_gap, registry, feed)


def _repair_if_gap(registry: Registry, feed: RoomFeed) -> None:
    if feed.out_of_order:
        registry.tasks.spawn(repair(registry, feed))


async def repair(registry: Registry, feed: RoomFeed) -> None:
    if feed.is_repairing:
        return
    feed.is_repairing = True
    try:
        with repeated_after_failure(registry):
            room, missed, changes = await db_threads.run(_missed, feed.id, feed.head or 0)
    except Room.DoesNotExist:
        return
    finally:
        feed.is_repairing = False
    if feed.repair(changes, missed.head):  # another gap has arisen in the meantime
        repair_soon(registry, feed)
    registry.flush_soon(feed)
    if missed.reset:
        reset(registry, feed, room)


def reset(registry: Registry, feed: RoomFeed, room: Room) -> None:
    """Asks the pages that have the room open to load it again, and the other members' pages to
    update their lists."""
    feed.flush(registry.write_queue)
    frame = {"type": "opened", "room": feed.id, "head": room.head, "changes": [], "reset": True}
    readers = feed.open | feed.caught_up
    registry.send(frame, readers)
    frame = {"type": "room", "room": server_frames.room(room), "member": True}
    registry.send(frame, feed.members - readers)


async def check_for_loss(registry: Registry, feed: RoomFeed) -> None:
    """Checks whether the database lost changes of the room, and repairs the feed. Call it if there
    is a sign of a loss."""
    if feed.head is None or feed.is_checking_for_loss:
        return
    feed.is_checking_for_loss = True
    try:
        posts = list(feed.recent_posts)
        with repeated_after_failure(registry):
            await db_threads.run(lost_changes.skip_ahead_if_lost, feed.id, feed.head, posts)
    finally:
        feed.is_checking_for_loss = False
    await repair(registry, feed)


@contextmanager
def repeated_after_failure(registry: Registry) -> Iterator[None]:
    """Lets the process catch up within a second or two if the database fails now."""
    try:
        yield
    except DatabaseError:
        registry.needs_catch_up = True
        raise


def _missed(room_id: int, since: int) -> tuple[Room, Changes, list[dict[str, Any]]]:
    room = Room.objects.get(pk=room_id)
    found = history.changes(room, since)
    return room, found, [server_frames.change(message) for message in found.messages]
