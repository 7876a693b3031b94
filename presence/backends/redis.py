from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha1
from pathlib import Path
from typing import Any
from zlib import crc32

from redis.exceptions import NoScriptError

from presence import keys, primary_key
from presence.backends.base import Presence
from presence.batches import batched
from presence.clock import minute, moment, window
from presence.connection import aclient, client, empty_if_away, outage
from presence.primary_key import UserId


class Script:
    """A Lua file next to this one. Its first lines describe its arguments."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / f"{name}.lua").read_text()
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


MARK, COUNT = Script("mark_online"), Script("online_count")
IS_ONLINE, LAST_ACTIVITIES = Script("is_online"), Script("last_activities")
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
        redis = client()
        for call in mark_calls(user_ids, now):
            try:
                redis.evalsha(MARK.sha, *call)
            except NoScriptError:
                redis.eval(MARK.text, *call)

    @empty_if_away(bool)
    async def amark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        redis = aclient()
        for call in mark_calls(user_ids, now):
            try:
                await redis.evalsha(MARK.sha, *call)
            except NoScriptError:
                await redis.eval(MARK.text, *call)

    @empty_if_away(bool)
    def remove(self, user_id: UserId, now: float) -> None:
        pipeline = client().pipeline(transaction=True)  # no mark comes between its commands
        [(shard, [encoded])] = by_shard([user_id])
        for online_users in visible_sets(shard, now):
            pipeline.srem(online_users, encoded)
        [activity] = keys.user_activity(shard, [encoded])
        if primary_key.is_integer():
            pipeline.hdel(activity, encoded)
        else:
            pipeline.execute_command("UNLINK", activity)
        pipeline.execute()

    def is_available(self) -> bool:
        return not (outage.is_on or outage.refused)

    @empty_if_away(set)
    def online_user_ids(self, now: float) -> set[UserId]:
        return {user_id for page in pages(now) for user_id in page}

    @empty_if_away(int)
    def online_count(self, now: float) -> int:
        sets = [visible_sets(shard, now) for shard in range(keys.shards())]
        return sum(run_script(COUNT, [[len(each), *each] for each in sets]))

    @empty_if_away(set)
    def is_online(self, user_ids: Iterable[UserId], now: float) -> set[UserId]:
        calls = []
        for shard, encoded in by_shard(user_ids):
            sets = visible_sets(shard, now)
            calls.append([len(sets), *sets, *encoded])
        return {u for found in run_script(IS_ONLINE, calls) for u in primary_key.decode(found)}

    @empty_if_away(dict)
    def last_activities(self, user_ids: Iterable[UserId], now: float) -> dict[UserId, datetime]:
        asked = list(by_shard(user_ids))
        seconds = run_script(LAST_ACTIVITIES, activity_calls(asked))
        return online_times(asked, seconds, now)


def run_script(script: Script, calls: list[list]) -> list:
    """Returns the results of the script for each list of arguments, in one round trip."""
    redis = client()
    try:
        if len(calls) == 1:  # the usual case; a pipeline would be slower
            return [redis.evalsha(script.sha, *calls[0])]
        pipeline = redis.pipeline(transaction=False)
        for call in calls:
            # The pipeline of a cluster has no evalsha().
            pipeline.execute_command("EVALSHA", script.sha, *call)
        return pipeline.execute()
    except NoScriptError:
        redis.script_load(script.text)
        return run_script(script, calls)


def pages(now: float) -> Iterator[list[UserId]]:
    """Yields the ids of users who are online, in pages. A user who is marked meanwhile may appear
    twice, but is never missing: the oldest set is read first. Raises redis.RedisError."""
    for shard in range(keys.shards()):
        for online_users in visible_sets(shard, now):
            members = client().sscan_iter(online_users, count=USERS_PER_COMMAND)
            yield from batched(primary_key.decode(members), USERS_PER_COMMAND)


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
    kind = "hashes" if primary_key.is_integer() else "keys"
    for shard, encoded in by_shard(user_ids, USERS_PER_MARK):
        names = keys.user_activity(shard, encoded) + keys.online_users(shard, minutes)
        yield [len(names), *names, int(now), window_seconds, 2 * window_seconds, kind, *encoded]


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
