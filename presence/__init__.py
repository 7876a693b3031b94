"""Tells who is online, and when a user was last active.

`now` is an aware datetime or seconds since 1970; None is the present time. User ids are the primary
keys of the user model, of any type. Users are online if they were marked in this minute or in the
ONLINE_LAST_MINUTES - 1 minutes before it. While Redis is out of reach nobody is online, and nothing
raises an error. Each function has an async form, whose name begins with an a. The idea of one set
of users for each minute is Armin Ronacher's (Flask snippet 71).
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from django.utils.module_loading import import_string

from presence import conf, socket_leases
from presence.backends.base import Presence
from presence.clock import Moment, seconds
from presence.primary_key import UserId, normalize


def backend() -> Presence:
    return load(conf.get("BACKEND"))


@cache
def load(path: str) -> Presence:
    return import_string(path)()


def mark_online(user_id: UserId, now: Moment = None) -> None:
    mark_many([user_id], now)


async def amark_online(user_id: UserId, now: Moment = None) -> None:
    await amark_many([user_id], now)


def mark_many(user_ids: Iterable[UserId], now: Moment = None) -> None:
    backend().mark_many(normalize(user_ids), seconds(now))


async def amark_many(user_ids: Iterable[UserId], now: Moment = None) -> None:
    await backend().amark_many(normalize(user_ids), seconds(now))


def mark_offline(user_id: UserId, now: Moment = None) -> None:
    """Removes a user who begins to appear offline: they are not online until they are marked
    again."""
    [user_id] = normalize([user_id])
    backend().remove(user_id, seconds(now))


async def amark_offline(user_id: UserId, now: Moment = None) -> None:
    [user_id] = normalize([user_id])
    await backend().aremove(user_id, seconds(now))


def online_user_ids(now: Moment = None) -> set[UserId]:
    return backend().online_user_ids(seconds(now))


async def aonline_user_ids(now: Moment = None) -> set[UserId]:
    return await backend().aonline_user_ids(seconds(now))


def online_count(now: Moment = None) -> int:
    return backend().online_count(seconds(now))


async def aonline_count(now: Moment = None) -> int:
    return await backend().aonline_count(seconds(now))


def is_online(user_ids: Iterable[UserId], now: Moment = None) -> set[UserId]:
    """Returns those of `user_ids` who are online."""
    return backend().is_online(normalize(user_ids), seconds(now))


async def ais_online(user_ids: Iterable[UserId], now: Moment = None) -> set[UserId]:
    return await backend().ais_online(normalize(user_ids), seconds(now))


def last_activity(user_id: UserId, now: Moment = None) -> datetime | None:
    """Returns the time, or None if the user is not online; `history.last_seen` goes back
    further."""
    return next(iter(last_activities([user_id], now).values()), None)


async def alast_activity(user_id: UserId, now: Moment = None) -> datetime | None:
    return next(iter((await alast_activities([user_id], now)).values()), None)


def last_activities(user_ids: Iterable[UserId], now: Moment = None) -> dict[UserId, datetime]:
    """Returns {user id: last activity} of the users who are online, in one round trip."""
    return backend().last_activities(normalize(user_ids), seconds(now))


async def alast_activities(
    user_ids: Iterable[UserId], now: Moment = None
) -> dict[UserId, datetime]:
    return await backend().alast_activities(normalize(user_ids), seconds(now))


def here(user_ids: Iterable[UserId]) -> set[UserId]:
    """Returns those of `user_ids` who have an open socket in any process, recently used or not."""
    return set(socket_leases.states(normalize(user_ids)))


async def ahere(user_ids: Iterable[UserId]) -> set[UserId]:
    return set(await socket_leases.astates(normalize(user_ids)))


def here_user_ids() -> set[UserId]:
    return set(socket_leases.all_states())


async def ahere_user_ids() -> set[UserId]:
    return set(await socket_leases.aall_states())


def away(user_ids: Iterable[UserId]) -> set[UserId]:
    """Returns those of `user_ids` whose open sockets have not been used for ten minutes."""
    return socket_leases.only_away(socket_leases.states(normalize(user_ids)))


async def aaway(user_ids: Iterable[UserId]) -> set[UserId]:
    return socket_leases.only_away(await socket_leases.astates(normalize(user_ids)))
