"""Tells who is online, and when a user was last active.

`now` is an aware datetime or seconds since 1970; None is the present time. User ids are the primary
keys of the user model, of any type. Users are online if they were marked in this minute or in the
ONLINE_LAST_MINUTES - 1 minutes before it. While Redis is out of reach nobody is online, and nothing
raises an error. The idea of one set of users for each minute is Armin Ronacher's (Flask snippet
71).
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from django.utils.module_loading import import_string

from presence import conf, socket_leases
from presence.backends.base import Presence
from presence.clock import Moment, seconds
from presence.primary_key import UserId, normalize


def mark_online(user_id: UserId, now: Moment = None) -> None:
    backend().mark_many(normalize([user_id]), seconds(now))


def mark_many(user_ids: Iterable[UserId], now: Moment = None) -> None:
    backend().mark_many(normalize(user_ids), seconds(now))


def mark_offline(user_id: UserId, now: Moment = None) -> None:
    """Removes a user who begins to appear offline: they are not online until they are marked
    again."""
    [user_id] = normalize([user_id])
    backend().remove(user_id, seconds(now))


async def amark_many(user_ids: Iterable[UserId], now: Moment = None) -> None:
    await backend().amark_many(normalize(user_ids), seconds(now))


def online_user_ids(now: Moment = None) -> set[UserId]:
    return backend().online_user_ids(seconds(now))


def online_count(now: Moment = None) -> int:
    return backend().online_count(seconds(now))


def is_online(user_ids: Iterable[UserId], now: Moment = None) -> set[UserId]:
    """Returns those of `user_ids` who are online."""
    return backend().is_online(normalize(user_ids), seconds(now))


def last_activity(user_id: UserId, now: Moment = None) -> datetime | None:
    """Returns the time, or None if the user is not online; `history.last_seen` goes back
    further."""
    return next(iter(last_activities([user_id], now).values()), None)


def last_activities(user_ids: Iterable[UserId], now: Moment = None) -> dict[UserId, datetime]:
    """Returns {user id: last activity} of the users who are online, in one round trip."""
    return backend().last_activities(normalize(user_ids), seconds(now))


def backend() -> Presence:
    return load(conf.get("BACKEND"))


@cache
def load(path: str) -> Presence:
    return import_string(path)()


def here(user_ids: Iterable[UserId]) -> set[UserId]:
    """Returns those of `user_ids` who have an open socket in any process, recently used or not."""
    return set(socket_leases.states(normalize(user_ids)))


def here_user_ids() -> set[UserId]:
    return set(socket_leases.all_states())


def away(user_ids: Iterable[UserId]) -> set[UserId]:
    """Returns those of `user_ids` whose open sockets have not been used for ten minutes."""
    states = socket_leases.states(normalize(user_ids))
    return {user_id for user_id, state in states.items() if state == socket_leases.AWAY}
