"""Catches up from the database after events may have been lost.

It compares what this process knows of its sockets and of the online users with the database.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from chat import users
from chat.events import events
from chat.live import db_threads, event_handlers, shared_rooms
from chat.live.gap_repair import check_for_loss, repair, repeated_after_failure
from chat.live.registry import Registry
from chat.models import Room
from chat.protocol.close_codes import BANNED, SIGNED_OUT
from chat.services import history, lost_changes, sign_outs
from presence.batches import batched

USERS_PER_BATCH = 500  # so that comparing them does not block the loop

logger = logging.getLogger(__name__)


async def catch_up(registry: Registry) -> None:
    try:
        with repeated_after_failure(registry):
            await end_sign_ins(registry)
            await compare_appearances(registry)
            for user_ids in batched(list(registry.shared_rooms.rooms_of), USERS_PER_BATCH):
                await compare_memberships(registry, user_ids)
            await compare_heads(registry)
    except DatabaseError as error:
        logger.warning("Catching up from the database failed and will be tried again: %s", error)


async def end_sign_ins(registry: Registry) -> None:
    for kind, valid_keys in sign_outs.VALID_KEY_QUERIES.items():
        keys = session_keys(registry) if kind == "session" else keys_of(registry, kind)
        ended = set(keys) - set(await db_threads.fetch_all(valid_keys, keys))
        user_ids = ended if kind == "user" else set()
        banned = set(await db_threads.fetch_all(sign_outs.deactivated_users, user_ids))
        for key in ended:
            code = BANNED if key in banned else SIGNED_OUT
            event = {"kind": "ended", "key": sign_outs.key(kind, key), "code": code}
            event_handlers.ended(registry, event)


async def compare_appearances(registry: Registry) -> None:
    """Compares who appears offline, if the project's user model has `appears_offline`."""
    if not users.has_field("appears_offline"):
        return
    before, user_ids = set(registry.tracker.hidden), keys_of(registry, "user")
    hidden = set(await db_threads.fetch_all(appearing_offline, user_ids))
    for user_id in (hidden ^ before).intersection(user_ids):
        if (user_id in before) == (user_id in registry.tracker.hidden):
            offline = user_id in hidden
            event = {"kind": "appearance", "user": user_id, "offline": offline}
            event_handlers.appearance(registry, event)


async def compare_memberships(registry: Registry, user_ids: list[int]) -> None:
    """Compares the rooms of these users. Changes by events that arrive while the database is read
    are newer, and remain."""
    before = {user_id: KnownRooms.of(registry, user_id) for user_id in user_ids}
    recorded: dict[int, set[int]] = {user_id: set() for user_id in user_ids}
    for user_id, room_id in await db_threads.fetch_all(shared_rooms.memberships, user_ids):
        recorded[user_id].add(room_id)
    differing = set().union(*(before[user_id].differing(recorded[user_id]) for user_id in user_ids))
    rooms = {room.pk: room for room in await db_threads.fetch_all(rooms_by_id, differing)}
    for user_id in user_ids:
        now = KnownRooms.of(registry, user_id)
        for room_id in recorded[user_id] - before[user_id].in_all - now.in_all:
            if room_id in rooms:
                event_handlers.joined(registry, events.joined_event(rooms[room_id], [user_id]))
        for room_id in (before[user_id].in_any & now.in_any) - recorded[user_id]:
            unknown_room = Room(pk=room_id, kind=Room.Kind.PRIVATE)
            room = rooms.get(room_id, unknown_room)
            event_handlers.left(registry, events.left_event(room, user_id))


@dataclass(frozen=True, slots=True)
class KnownRooms:
    """The room ids of a user that are known to all of their sockets and to SharedRooms (`in_all`),
    or to any of them (`in_any`)."""

    in_all: set[int]
    in_any: set[int]

    @classmethod
    def of(cls, registry: Registry, user_id: int) -> "KnownRooms":
        known = [socket.member_of for socket in registry.sockets_of([user_id])]
        known.append(registry.shared_rooms.rooms_of.get(user_id, set()))
        return cls(set.intersection(*known), set.union(*known))

    def differing(self, recorded: set[int]) -> set[int]:
        return (recorded - self.in_all) | (self.in_any - recorded)


async def compare_heads(registry: Registry) -> None:
    heads = {feed.id: feed.head for feed in registry.feeds.values() if feed.head is not None}
    latest = [feed.recent_posts[-1] for feed in registry.feeds.values() if feed.recent_posts]
    missing = set(await db_threads.fetch_all(lost_changes.missing_posts, latest))
    for room_id, head in await db_threads.fetch_all(history.heads, heads):
        feed = registry.feeds.get(room_id)
        if feed is None or feed.head is None:
            continue
        if head < heads[room_id] or not missing.isdisjoint(feed.recent_posts):
            await check_for_loss(registry, feed)
        elif feed.head < head:
            await repair(registry, feed)


def session_keys(registry: Registry) -> list[str]:
    """Returns the session keys of all sockets. The registry itself has only hashes of them."""
    found = (sockets for (kind, _), sockets in registry.sockets_by_key.items() if kind == "session")
    return [next(iter(sockets)).auth["session_key"] for sockets in found]


def keys_of(registry: Registry, kind: str) -> list[Any]:
    return [key for kind_of_key, key in registry.sockets_by_key if kind_of_key == kind]


def rooms_by_id(ids: list[int]) -> Iterable[Room]:
    return Room.objects.filter(pk__in=ids)


def appearing_offline(ids: list[int]) -> Iterable[int]:
    return users.active().filter(pk__in=ids, appears_offline=True).values_list("pk", flat=True)
