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
from presence.connection import aclient, client, outage, unless_away

FOLDER = Path(__file__).parent.parent
MARK, SEEN = (FOLDER / "mark.lua").read_text(), (FOLDER / "seen.lua").read_text()
MARK_SHA, SEEN_SHA = (sha1(x.encode(), usedforsecurity=False).hexdigest() for x in (MARK, SEEN))
PEOPLE_PER_COMMAND = 500


class RedisPresence(Presence):
    """A bucket for each minute; a person stands in that of their latest minute only, so that the
    count is a sum of sizes, and no command takes longer the more people there are.

    Clocks may disagree by less than the window: buckets of minutes to come are looked at too, and
    all are kept until the slowest clock has seen them out.
    """

    @unless_away(bool)
    def mark_many(self, user_ids: Iterable[int], now: float) -> None:
        redis = client()
        for call in marks(user_ids, now):
            try:
                redis.evalsha(MARK_SHA, *call)
            except NoScriptError:
                redis.eval(MARK, *call)

    @unless_away(bool)
    async def amark_many(self, user_ids: Iterable[int], now: float) -> None:
        redis = aclient()
        for call in marks(user_ids, now):
            try:
                await redis.evalsha(MARK_SHA, *call)
            except NoScriptError:
                await redis.eval(MARK, *call)

    @unless_away(bool)
    def remove(self, user_id: int, now: float) -> None:
        pipeline = client().pipeline(transaction=False)
        for shard, ids in by_shard([user_id]):
            for at in visible(now):
                pipeline.hdel(keys.bucket(shard, at), *ids)
        pipeline.execute()

    def answers(self) -> bool:
        return not (outage.on or outage.refused)

    @unless_away(set)
    def online_user_ids(self, now: float) -> set[int]:
        return {user_id for page in pages(now) for user_id, _ in page}

    @unless_away(int)
    def online_count(self, now: float) -> int:
        pipeline = client().pipeline(transaction=False)
        for shard in range(keys.shards()):
            for at in visible(now):
                pipeline.hlen(keys.bucket(shard, at))
        return sum(pipeline.execute())

    @unless_away(dict)
    def last_activities(self, user_ids: Iterable[int], now: float) -> dict[int, datetime]:
        minutes, asked = visible(now), list(by_shard(user_ids))
        calls = [
            [len(minutes), *(keys.bucket(shard, at) for at in minutes), *ids]
            for shard, ids in asked
        ]
        return {
            user_id: moment(minutes[0] * 60 + second)
            for (_, ids), seconds in zip(asked, seen(calls), strict=True)
            for user_id, second in zip(ids, seconds, strict=True)
            if second is not None
        }


def seen(calls: list[list]) -> list[list[int | None]]:
    """What seen.lua answers to each, in one round trip."""
    redis = client()
    try:
        if len(calls) == 1:  # the usual case, which a pipeline would slow down
            return [redis.evalsha(SEEN_SHA, *calls[0])]
        pipeline = redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command("EVALSHA", SEEN_SHA, *call)  # a cluster's has no evalsha()
        return pipeline.execute()
    except NoScriptError:
        redis.script_load(SEEN)
        return seen(calls)


def pages(now: float) -> Iterator[list[tuple[int, int]]]:
    """(user id, second since 1970) of who is online. Whoever moves on meanwhile may come twice but
    is not left out: the oldest bucket is read first. Raises redis.RedisError."""
    for shard in range(keys.shards()):
        for at in visible(now):
            yield from pages_of(keys.bucket(shard, at), at)


def pages_of(bucket: str, at: int) -> Iterator[list[tuple[int, int]]]:
    people = client().hscan_iter(bucket, count=PEOPLE_PER_COMMAND)
    seen = ((int(user_id), at * 60 + int(second)) for user_id, second in people)
    return batched(seen, PEOPLE_PER_COMMAND)


def visible(now: float) -> range:
    """The minutes whose people are online."""
    return range(minute(now) - window() + 1, minute(now) + window())


def marks(user_ids: Iterable[int], now: float) -> Iterator[list]:
    """The arguments of each call of mark.lua. It looks back nearly two windows: whoever it leaves
    behind there is not seen by the slowest clock either."""
    at, reach = minute(now), window() - 1
    minutes = range(at + reach, at - 2 * reach - 1, -1)
    lifetime_seconds = 2 * window() * 60
    for shard, ids in by_shard(user_ids):
        buckets = [keys.bucket(shard, each) for each in minutes]
        yield [len(buckets), *buckets, reach + 1, int(now % 60), lifetime_seconds, *ids]


def by_shard(user_ids: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    shards, count = defaultdict(list), keys.shards()
    for user_id in user_ids:
        shards[user_id % count].append(user_id)
    for shard, ids in shards.items():
        for batch in batched(ids, PEOPLE_PER_COMMAND):
            yield shard, batch
