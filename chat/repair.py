"""Fetching from the database what a room's sockets should have been told, and were not."""

from typing import TYPE_CHECKING, Any

from chat import history, messages, threads
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
        missed, changes = await threads.read(_missed, view.id, view.head or 0)
    except Room.DoesNotExist:
        return
    finally:
        view.repairing = False
    if view.repair(changes, missed.head):  # another gap, of what came meanwhile
        repair_soon(hub, view)
    hub.flush_soon(view)
    if missed.reset:
        view.flush(hub.outbox)
        frame = {"type": "opened", "room": view.id, "head": missed.head, "changes": []}
        hub.outbox.put([encode({**frame, "reset": True})], view.open | view.told)


def _missed(room_id: int, since: int) -> tuple[Changes, list[dict[str, Any]]]:
    found = history.changes(Room.objects.get(pk=room_id), since)
    return found, [messages.change(message) for message in found.messages]
