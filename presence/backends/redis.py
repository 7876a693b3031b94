from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

from presence import keys, primary_key
from presence.backends.base import Presence
from presence.batches import batched
from presence.clock import minute, moment, window
from presence.connection import aclient, client, empty_if_away, outage
from presence.primary_key import UserId
from presence.scripts import Script

FOLDER = Path(__file__).parent
MARK_ONLINE, MARK_OFFLINE = Script(FOLDER / "mark_online.lua"), Script(FOLDER / "mark_offline.lua")
COUNT, IS_ONLINE = Script(FOLDER / "online_count.lua"), Script(FOLDER / "is_online.lua")
LAST_ACTIVITIES = Script(FOLDER / "last_activities.lua")
USERS_PER_COMMAND = 500
USERS_PER_MARK = 100  # other clients wait for the script


class RedisPresence(Presence):
    """Stores a set of user ids for each minute.

    A user is only in the set of their latest minute, so the count is a sum of sizes. The times of
    the last activity are in hashes of 100 users each. Clocks may differ by less than the window:
    the sets of later minutes count too, and all sets are kept until the slowest clock is past them.
    A hash keeps users who left, at about 11 bytes each, until none of its users has been active for
    two windows. Only integers can be grouped so: with other primary keys, each user's time has a
    key of its own.
    """

    @empty_if_away(bool)
    def mark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        for call in mark_calls(user_ids, now):
            MARK_ONLINE.run([call])

    @empty_if_away(bool)
    async def amark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        for call in mark_calls(user_ids, now):
            await MARK_ONLINE.arun([call])

    @empty_if_away(bool)
    def remove(self, user_id: UserId, now: float) -> None:
        MARK_OFFLINE.run([removal_call(user_id, now)])

    @empty_if_away(bool)
    async def aremove(self, user_id: UserId, now: float) -> None:
        await MARK_OFFLINE.arun([removal_call(user_id, now)])

    def is_available(self) -> bool:
        return not (outage.is_on or outage.refused)

    @empty_if_away(set)
    def online_user_ids(self, now: float) -> set[UserId]:
        return {user_id for page in pages(now) for user_id in page}

    @empty_if_away(set)
    async def aonline_user_ids(self, now: float) -> set[UserId]:
        redis, decode = aclient(), primary_key.decoder()
        scans = (redis.sscan_iter(key, count=USERS_PER_COMMAND) for key in all_visible_sets(now))
        return {decode(member) for scan in scans async for member in scan}

    @empty_if_away(int)
    def online_count(self, now: float) -> int:
        return sum(COUNT.run(count_calls(now)))

    @empty_if_away(int)
    async def aonline_count(self, now: float) -> int:
        return sum(await COUNT.arun(count_calls(now)))

    @empty_if_away(set)
    def is_online(self, user_ids: Iterable[UserId], now: float) -> set[UserId]:
        found = IS_ONLINE.run(online_calls(user_ids, now))
        return set(primary_key.decode(chain.from_iterable(found)))

    @empty_if_away(set)
    async def ais_online(self, user_ids: Iterable[UserId], now: float) -> set[UserId]:
        found = await IS_ONLINE.arun(online_calls(user_ids, now))
        return set(primary_key.decode(chain.from_iterable(found)))

    @empty_if_away(dict)
    def last_activities(self, user_ids: Iterable[UserId], now: float) -> dict[UserId, datetime]:
        asked = list(by_shard(user_ids))
        return online_times(asked, LAST_ACTIVITIES.run(activity_calls(asked)), now)

    @empty_if_away(dict)
    async def alast_activities(
        self, user_ids: Iterable[UserId], now: float
    ) -> dict[UserId, datetime]:
        asked = list(by_shard(user_ids))
        return online_times(asked, await LAST_ACTIVITIES.arun(activity_calls(asked)), now)


def pages(now: float) -> Iterator[list[UserId]]:
    """Yields the ids of users who are online, in pages. A user who is marked meanwhile may appear
    twice, but is never missing: the oldest set is read first. Raises redis.RedisError."""
    for online_users in all_visible_sets(now):
        members = client().sscan_iter(online_users, count=USERS_PER_COMMAND)
        yield from batched(primary_key.decode(members), USERS_PER_COMMAND)


def all_visible_sets(now: float) -> list[str]:
    return [key for shard in range(keys.shards()) for key in visible_sets(shard, now)]


def visible_sets(shard: int, now: float) -> list[str]:
    """Returns the keys of the sets of users who are online, the oldest first."""
    return keys.online_users(shard, visible_minutes(now))


def visible_minutes(now: float) -> range:
    return range(minute(now) - window() + 1, minute(now) + window())


def mark_calls(user_ids: Iterable[UserId], now: float) -> Iterator[list]:
    """Yields the arguments of each call of mark_online.lua. It removes users from the sets of
    nearly two windows back; the slowest clock does not see older ones."""
    at, window_seconds = minute(now), window() * 60
    minutes = range(at, at - 2 * window() + 1, -1)
    for shard, encoded in by_shard(user_ids, USERS_PER_MARK):
        names = keys.user_activity(shard, encoded) + keys.online_users(shard, minutes)
        yield [len(names), *names, int(now), window_seconds, 2 * window_seconds, kind(), *encoded]


def removal_call(user_id: UserId, now: float) -> list:
    """Returns the arguments of mark_offline.lua."""
    [(shard, encoded)] = by_shard([user_id])
    names = keys.user_activity(shard, encoded) + visible_sets(shard, now)
    return [len(names), *names, kind(), *encoded]


def kind() -> str:
    return "hashes" if primary_key.is_integer() else "keys"


def count_calls(now: float) -> list[list]:
    """Returns the arguments of each call of online_count.lua."""
    sets = [visible_sets(shard, now) for shard in range(keys.shards())]
    return [[len(each), *each] for each in sets]


def online_calls(user_ids: Iterable[UserId], now: float) -> list[list]:
    """Returns the arguments of each call of is_online.lua."""
    calls = []
    for shard, encoded in by_shard(user_ids):
        sets = visible_sets(shard, now)
        calls.append([len(sets), *sets, *encoded])
    return calls


def activity_calls(asked: list[tuple[int, list]]) -> list[list]:
    """Returns the arguments of each call of last_activities.lua."""
    calls = []
    for shard, encoded in asked:
        fields = encoded if primary_key.is_integer() else []
        calls.append([len(encoded), *keys.user_activity(shard, encoded), *fields])
    return calls


def online_times(
    asked: list[tuple[int, list]], replies: list[list[int | None]], now: float
) -> dict[UserId, datetime]:
    start, end = visible_minutes(now).start * 60, visible_minutes(now).stop * 60
    decode = primary_key.decoder()
    return {
        decode(user_id): moment(second)
        for (_, encoded), seconds in zip(asked, replies, strict=True)
        for user_id, second in zip(encoded, seconds, strict=True)
        if second is not None and start <= second < end
    }


def by_shard(
    user_ids: Iterable[UserId], size: int = USERS_PER_COMMAND
) -> Iterator[tuple[int, list[Any]]]:
    """Yields each shard with up to `size` of its users' ids, as they are in Redis."""
    shards, count = defaultdict(list), keys.shards()
    for user_id in primary_key.encode(user_ids):
        number = user_id if isinstance(user_id, int) else crc32(user_id.encode())
        shards[number % count].append(user_id)
    for shard, encoded in shards.items():
        for batch in batched(encoded, size):
            yield shard, batch
