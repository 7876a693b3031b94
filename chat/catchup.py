"""After events may have been lost: what this process knows of its sockets, and of the people who
are here, against the database."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import DatabaseError

from chat import circles, events, handlers, history, lost_changes, revocation, threads
from chat.models import Room
from chat.repair import look_for_loss, repair
from presence.batches import batched

if TYPE_CHECKING:
    from chat.hub import Hub

PEOPLE_AT_ONCE = 500  # so that comparing them does not hold the loop

logger = logging.getLogger(__name__)


async def catch_up(hub: "Hub") -> None:
    try:
        await end_sign_ins(hub)
        await compare_appearances(hub)
        for users in batched(list(hub.circles.rooms_of), PEOPLE_AT_ONCE):
            await compare_memberships(hub, users)
        await compare_heads(hub)
    except DatabaseError as error:
        logger.warning("Catching up with the database failed, and is tried again: %s", error)


async def end_sign_ins(hub: "Hub") -> None:
    for kind, still_good in revocation.STILL_GOOD.items():
        keys = session_keys(hub) if kind == "session" else keys_of(hub, kind)
        for key in set(keys) - set(await threads.read_parts(still_good, keys)):
            match = revocation.match(kind, key)
            event = {"kind": "ended", "match": match, "code": revocation.code_of(kind)}
            handlers.ended(hub, event)


async def compare_appearances(hub: "Hub") -> None:
    """Where the project's user model knows of appearing offline."""
    if not hasattr(get_user_model(), "appears_offline"):
        return
    before, users = set(hub.present.hidden), keys_of(hub, "user")
    hidden = set(await threads.read_parts(who_appear_offline, users))
    for user_id in (hidden ^ before).intersection(users):
        if (user_id in before) == (user_id in hub.present.hidden):
            offline = user_id in hidden
            event = {"kind": "appearance", "user": user_id, "offline": offline}
            handlers.appearance(hub, event)


async def compare_memberships(hub: "Hub", users: list[int]) -> None:
    """What events change while the database is read is newer than what is read, and stays."""
    before = {user_id: Known.to(hub, user_id) for user_id in users}
    recorded: dict[int, set[int]] = {user_id: set() for user_id in users}
    for user_id, room_id in await threads.read_parts(circles.memberships, users):
        recorded[user_id].add(room_id)
    differing = set().union(*(before[user_id].differing(recorded[user_id]) for user_id in users))
    rooms = {room.pk: room for room in await threads.read_parts(rooms_with, differing)}
    for user_id in users:
        now = Known.to(hub, user_id)
        for room_id in recorded[user_id] - before[user_id].to_all - now.to_all:
            if room_id in rooms:
                handlers.joined(hub, events.joining(rooms[room_id], [user_id]))
        for room_id in (before[user_id].to_any & now.to_any) - recorded[user_id]:
            gone = Room(pk=room_id, kind=Room.Kind.PRIVATE)
            handlers.left(hub, events.leaving(rooms.get(room_id, gone), user_id))


@dataclass(frozen=True, slots=True)
class Known:
    """The rooms of a person that all of their sockets, and the circles, are told of; and any."""

    to_all: set[int]
    to_any: set[int]

    @classmethod
    def to(cls, hub: "Hub", user_id: int) -> "Known":
        told = [socket.member_of for socket in hub.of_users([user_id])]
        told.append(hub.circles.rooms_of.get(user_id, set()))
        return cls(set.intersection(*told), set.union(*told))

    def differing(self, recorded: set[int]) -> set[int]:
        return (recorded - self.to_all) | (self.to_any - recorded)


async def compare_heads(hub: "Hub") -> None:
    known = {view.id: view.head for view in hub.rooms.values() if view.head is not None}
    latest = {view.posts[-1]: view.id for view in hub.rooms.values() if view.posts}
    missing = set(await threads.read_parts(lost_changes.missing, latest))
    for room_id, head in await threads.read_parts(history.heads, known):
        view = hub.rooms.get(room_id)
        if view is None or view.head is None:
            continue
        if head < known[room_id] or not missing.isdisjoint(view.posts):
            await look_for_loss(hub, view)
        elif view.head < head:
            await repair(hub, view)


def session_keys(hub: "Hub") -> list[str]:
    """The hub itself knows hashes of them."""
    found = (sockets for (kind, _), sockets in hub.sockets_of.items() if kind == "session")
    return [next(iter(sockets)).auth["session_key"] for sockets in found]


def keys_of(hub: "Hub", kind: str) -> list[Any]:
    return [key for match, key in hub.sockets_of if match == kind]


def rooms_with(ids: list[int]) -> Iterable[Room]:
    return Room.objects.filter(pk__in=ids)


def who_appear_offline(ids: list[int]) -> Iterable[int]:
    users = get_user_model().objects.filter(pk__in=ids, appears_offline=True)
    return users.values_list("pk", flat=True)
