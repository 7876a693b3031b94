"""Fetching from the database what a room's sockets should have been told, and were not."""

import asyncio
from typing import Any

from chat.live import db_threads
from chat.live.registry import Registry
from chat.live.room_feed import RoomFeed
from chat.models import Room
from chat.protocol import server_frames
from chat.services import history, lost_changes
from chat.services.history import Changes

# How long a change may be overtaken by a later one before the database is asked. Processes publish
# after they commit, so for a moment a later change may come first.
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
        room, missed, changes = await db_threads.run(_missed, feed.id, feed.head or 0)
    except Room.DoesNotExist:
        return
    finally:
        feed.is_repairing = False
    if feed.repair(changes, missed.head):  # another gap, of what came meanwhile
        repair_soon(registry, feed)
    registry.flush_soon(feed)
    if missed.reset:
        reset(registry, feed, room)


def reset(registry: Registry, feed: RoomFeed, room: Room) -> None:
    """Pages with the room open load it again, other members' pages their lists."""
    feed.flush(registry.write_queue)
    frame = {"type": "opened", "room": feed.id, "head": room.head, "changes": [], "reset": True}
    readers = feed.open | feed.caught_up
    registry.send(frame, readers)
    frame = {"type": "room", "room": server_frames.room(room), "member": True}
    registry.send(frame, feed.members - readers)


async def check_for_loss(registry: Registry, feed: RoomFeed) -> None:
    """There is a sign that the database went back in time."""
    if feed.head is None or feed.is_checking_for_loss:
        return
    feed.is_checking_for_loss = True
    try:
        await db_threads.run(
            lost_changes.skip_ahead_if_lost, feed.id, feed.head, list(feed.recent_posts)
        )
    finally:
        feed.is_checking_for_loss = False
    await repair(registry, feed)


def _missed(room_id: int, since: int) -> tuple[Room, Changes, list[dict[str, Any]]]:
    room = Room.objects.get(pk=room_id)
    found = history.changes(room, since)
    return room, found, [server_frames.change(message) for message in found.messages]
