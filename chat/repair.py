"""Fetching from the database what a room's sockets should have been told, and were not."""

from typing import TYPE_CHECKING, Any

from chat import events, history, lost_changes, messages, threads
from chat.fanout import RoomView
from chat.history import Changes
from chat.messages import encode
from chat.models import Room

if TYPE_CHECKING:
    from chat.hub import Hub

# How long a change may be overtaken by a later one before the database is asked. Processes publish
# after they commit, so for a moment a later change may come first.
GAP_SECONDS = 0.25


def repair_soon(hub: "Hub", view: RoomView) -> None:
    hub.loop.call_later(GAP_SECONDS, _repair_if_gap, hub, view)


def _repair_if_gap(hub: "Hub", view: RoomView) -> None:
    if view.held:
        hub.spawn(repair(hub, view))


async def repair(hub: "Hub", view: RoomView) -> None:
    if view.repairing:
        return
    view.repairing = True
    try:
        room, missed, changes = await threads.read(_missed, view.id, view.head or 0)
    except Room.DoesNotExist:
        return
    finally:
        view.repairing = False
    if view.repair(changes, missed.head):  # another gap, of what came meanwhile
        repair_soon(hub, view)
    hub.flush_soon(view)
    if missed.reset:
        reset(hub, view, room)


def reset(hub: "Hub", view: RoomView, room: Room) -> None:
    """Pages with the room open load it again, other members' pages their lists."""
    view.flush(hub.outbox)
    frame = {"type": "opened", "room": view.id, "head": room.head, "changes": [], "reset": True}
    readers = view.open | view.told
    hub.outbox.put([encode(frame)], readers)
    frame = {"type": "room", "room": events.described(room), "member": True}
    hub.outbox.put([encode(frame)], view.members - readers)


async def look_for_loss(hub: "Hub", view: RoomView) -> None:
    """There is a sign that the database went back in time."""
    if view.head is None or view.looking:
        return
    view.looking = True
    try:
        await threads.read(lost_changes.look_for_loss, view.id, view.head, list(view.posts))
    finally:
        view.looking = False
    await repair(hub, view)


def _missed(room_id: int, since: int) -> tuple[Room, Changes, list[dict[str, Any]]]:
    room = Room.objects.get(pk=room_id)
    found = history.changes(room, since)
    return room, found, [messages.change(message) for message in found.messages]
