"""After events may have been lost: what this process's sockets know, against the database."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from chat import events, handlers, history, revocation, threads
from chat.models import Membership, Room
from chat.repair import repair
from chat.sockets import SIGNED_OUT

if TYPE_CHECKING:
    from chat.hub import Hub

KEYS_PER_QUERY = 500

Query = Callable[[list[Any]], Iterable[Any]]

logger = logging.getLogger(__name__)


async def catch_up(hub: "Hub") -> None:
    try:
        await end_sign_ins(hub)
        await compare_memberships(hub)
        await compare_heads(hub)
    except DatabaseError as error:
        logger.warning("Catching up with the database failed, and is tried again: %s", error)


async def end_sign_ins(hub: "Hub") -> None:
    for kind, still_good in revocation.STILL_GOOD.items():
        keys = keys_of(hub, kind)
        for key in set(keys) - set(await in_parts(still_good, keys)):
            handlers.ended(hub, {"match": (kind, key), "code": SIGNED_OUT})


async def compare_memberships(hub: "Hub") -> None:
    """What events change while the database is read is newer than what is read, and stays."""
    users = keys_of(hub, "user")
    before = known(hub, users)
    recorded: dict[int, set[int]] = {user_id: set() for user_id in users}
    for user_id, room_id in await in_parts(memberships, users):
        recorded[user_id].add(room_id)
    differing = set().union(*(recorded[user_id] ^ before[user_id] for user_id in users))
    rooms = {room.pk: room for room in await in_parts(rooms_with, differing)}
    now = known(hub, users)
    for user_id in users:
        for room_id in recorded[user_id] - before[user_id] - now[user_id]:
            handlers.joined(hub, events.joining(rooms[room_id], [user_id]))
        for room_id in (before[user_id] & now[user_id]) - recorded[user_id]:
            gone = Room(pk=room_id, kind=Room.Kind.PRIVATE)
            handlers.left(hub, events.leaving(rooms.get(room_id, gone), user_id))


def known(hub: "Hub", users: list[int]) -> dict[int, set[int]]:
    """The ids of the rooms that each user's sockets are told of."""
    return {u: set().union(*(socket.member_of for socket in hub.of_users([u]))) for u in users}


async def compare_heads(hub: "Hub") -> None:
    for room_id, head in await in_parts(history.heads, hub.rooms):
        view = hub.rooms.get(room_id)
        if view is not None and view.head is not None and view.head < head:
            await repair(hub, view)


def keys_of(hub: "Hub", kind: str) -> list[Any]:
    return [key for match, key in hub.sockets_of if match == kind]


async def in_parts(query: Query, keys: Iterable[Any]) -> list[Any]:
    """The rows of all keys, asked for KEYS_PER_QUERY at a time."""
    keys, rows = list(keys), []
    for start in range(0, len(keys), KEYS_PER_QUERY):
        part = keys[start : start + KEYS_PER_QUERY]
        rows += await threads.read(rows_of, query, part)
    return rows


def rows_of(query: Query, keys: list[Any]) -> list[Any]:
    return list(query(keys))


def rooms_with(ids: list[int]) -> Iterable[Room]:
    return Room.objects.filter(pk__in=ids)


def memberships(user_ids: list[int]) -> Iterable[tuple[int, int]]:
    return Membership.objects.filter(user_id__in=user_ids).values_list("user_id", "room_id")
