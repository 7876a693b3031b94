from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha1
from pathlib import Path

from redis.exceptions import NoScriptError

from presence import keys
from presence.backends.base import Presence
from presence.batches import batched
from presence.clock import minute, moment, window
from presence.connection import aclient, client, empty_if_away, outage


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
    two windows.
    """

    @empty_if_away(bool)
    def mark_many(self, user_ids: Iterable[int], now: float) -> None:
        redis = client()
        for call in mark_calls(user_ids, now):
            try:
                redis.evalsha(MARK.sha, *call)
            except NoScriptError:
                redis.eval(MARK.text, *call)

    @empty_if_away(bool)
    async def amark_many(self, user_ids: Iterable[int], now: float) -> None:
        redis = aclient()
        for call in mark_calls(user_ids, now):
            try:
                await redis.evalsha(MARK.sha, *call)
            except NoScriptError:
                await redis.eval(MARK.text, *call)

    @empty_if_away(bool)
    def remove(self, user_id: int, now: float) -> None:
        pipeline = client().pipeline(transaction=True)  # no mark comes between its commands
        for shard, ids in by_shard([user_id]):
            for online_users in visible_sets(shard, now):
                pipeline.srem(online_users, user_id)
            for activity in keys.user_activity(shard, ids):
                pipeline.hdel(activity, user_id)
        pipeline.execute()

    def is_available(self) -> bool:
        return not (outage.is_on or outage.refused)

    @empty_if_away(set)
    def online_user_ids(self, now: float) -> set[int]:
        return {user_id for page in pages(now) for user_id in page}

    @empty_if_away(int)
    def online_count(self, now: float) -> int:
        sets = [visible_sets(shard, now) for shard in range(keys.shards())]
        return sum(run_script(COUNT, [[len(each), *each] for each in sets]))

    @empty_if_away(set)
    def is_online(self, user_ids: Iterable[int], now: float) -> set[int]:
        calls = []
        for shard, ids in by_shard(user_ids):
            sets = visible_sets(shard, now)
            calls.append([len(sets), *sets, *ids])
        return {int(user_id) for found in run_script(IS_ONLINE, calls) for user_id in found}

    @empty_if_away(dict)
    def last_activities(self, user_ids: Iterable[int], now: float) -> dict[int, datetime]:
        asked = list(by_shard(user_ids))
        calls = [[len(ids), *keys.user_activity(shard, ids), *ids] for shard, ids in asked]
        start, end = visible_minutes(now).start * 60, visible_minutes(now).stop * 60
        return {
            user_id: moment(second)
            for (_, ids), seconds in zip(asked, run_script(LAST_ACTIVITIES, calls), strict=True)
            for user_id, second in zip(ids, seconds, strict=True)
            if second is not None and start <= second < end
        }


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


def pages(now: float) -> Iterator[list[int]]:
    """Yields the ids of users who are online, in pages. A user who is marked meanwhile may appear
    twice, but is never missing: the oldest set is read first. Raises redis.RedisError."""
    for shard in range(keys.shards()):
        for online_users in visible_sets(shard, now):
            members = client().sscan_iter(online_users, count=USERS_PER_COMMAND)
            yield from batched(map(int, members), USERS_PER_COMMAND)


def visible_sets(shard: int, now: float) -> list[str]:
    """Returns the keys of the sets of users who are online, the oldest first."""
    return keys.online_users(shard, visible_minutes(now))


def visible_minutes(now: float) -> range:
    return range(minute(now) - window() + 1, minute(now) + window())


def mark_calls(user_ids: Iterable[int], now: float) -> Iterator[list]:
    """Yields the arguments of each call of mark_online.lua. It removes users from the sets of
    nearly two windows back; the slowest clock does not see older ones."""
    at, window_seconds = minute(now), window() * 60
    minutes = range(at, at - 2 * window() + 1, -1)
    for shard, ids in by_shard(user_ids, USERS_PER_MARK):
        names = keys.user_activity(shard, ids) + keys.online_users(shard, minutes)
        yield [len(names), *names, int(now), window_seconds, 2 * window_seconds, *ids]


def by_shard(
    user_ids: Iterable[int], size: int = USERS_PER_COMMAND
) -> Iterator[tuple[int, list[int]]]:
    shards, count = defaultdict(list), keys.shards()
    for user_id in user_ids:
        shards[user_id % count].append(user_id)
    for shard, ids in shards.items():
        for batch in batched(ids, size):
            yield shard, batch
