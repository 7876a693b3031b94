"""Ways to know which users are online, all with the same client. Import it after django.setup()."""

from itertools import islice

from django.core.cache import cache
from django.db import connection

from presence import keys
from presence.backends import database, redis
from presence.clock import minute, moment, window, window_start
from presence.connection import client
from presence.models import LastSeen

PAGE = 100
BATCH = 1000
WINDOW_SECONDS = window() * 60


class Peer:
    name = ""

    def __init__(self, people: int, now: float) -> None:
        self.people, self.now = people, now

    def clear(self) -> None:
        client().execute_command("FLUSHALL", "SYNC")

    def bytes(self) -> int:
        return client().info("memory")["used_memory"]


class Ours(Peer):
    name = "ours"
    backend = redis.RedisPresence()

    def load(self, ids, now):
        self.backend.mark_many(ids, now)

    def mark(self, user_id):
        self.backend.mark_many([user_id], self.now)

    def count(self):
        return self.backend.online_count(self.now)

    def page(self):
        [online_users] = keys.online_users(0, [minute(self.now) - 1])
        return client().sscan(online_users, count=PAGE)[1]

    def is_online(self, ids):
        return self.backend.is_online(ids, self.now)


class Recipe(Peer):
    """One set per minute, with overlaps, and a key for the last activity of each user."""

    name = "recipe"

    def load(self, ids, now):
        expires = int(now) + WINDOW_SECONDS + 10
        pipeline = client().pipeline(transaction=False)
        pipeline.sadd(self.key(now), *ids)
        pipeline.expireat(self.key(now), expires)
        for user_id in ids:
            pipeline.set(f"user-activity/{user_id}", int(now), exat=expires)
        pipeline.execute()

    def mark(self, user_id):
        self.load([user_id], self.now)

    def count(self):
        return len(self.members())

    def page(self):
        return list(islice(self.members(), PAGE))

    def is_online(self, ids):
        values = client().mget([f"user-activity/{user_id}" for user_id in ids])
        return {user_id for user_id, value in zip(ids, values, strict=True) if value}

    def members(self):
        return client().sunion([self.key(self.now - 60 * ago) for ago in range(5)])

    def key(self, now):
        return f"online-users/{minute(now)}"


class SortedSet(Peer):
    """User id -> time. Members do not expire automatically, so each mark removes old ones."""

    name = "sorted set"

    def load(self, ids, now):
        pipeline = client().pipeline(transaction=False)
        pipeline.zadd("online", dict.fromkeys(ids, now))
        pipeline.zremrangebyscore("online", "-inf", self.now - WINDOW_SECONDS)
        pipeline.execute()

    def mark(self, user_id):
        self.load([user_id], self.now)

    def count(self):
        return client().zcount("online", window_start(self.now), "+inf")

    def page(self):
        return client().zrange(
            "online", "+inf", "-inf", desc=True, byscore=True, offset=0, num=PAGE, withscores=True
        )

    def is_online(self, ids):
        scores = client().zmscore("online", ids)
        since = window_start(self.now)
        return {u for u, score in zip(ids, scores, strict=True) if score and score >= since}


class CacheKeys(Peer):
    """One cache key for each user. A count has to check the keys of all users."""

    name = "cache keys"

    def load(self, ids, now):
        cache.set_many(dict.fromkeys(map(self.key, ids), moment(now)), WINDOW_SECONDS * 2)

    def mark(self, user_id):
        cache.set(self.key(user_id), moment(self.now), WINDOW_SECONDS)

    def count(self):
        starts = range(1, self.people + 1, BATCH)
        return sum(len(self.is_online(range(start, start + BATCH))) for start in starts)

    def page(self):
        return self.is_online(range(1, PAGE + 1))

    def is_online(self, ids):
        return cache.get_many([self.key(user_id) for user_id in ids])

    def key(self, user_id):
        return f"seen-{user_id}"


class Table(Peer):
    """Our backend without Redis, on SQLite. The users themselves need no rows here."""

    name = "table"
    backend = database.DatabasePresence()

    def clear(self):
        connection.disable_constraint_checking()
        LastSeen.objects.all().delete()

    def bytes(self):
        pages = self.pragma("page_count") - self.pragma("freelist_count")
        return pages * self.pragma("page_size")

    def pragma(self, name):
        with connection.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    def load(self, ids, now):
        rows = [LastSeen(user_id=user_id, seen_at=moment(now)) for user_id in ids]
        LastSeen.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["user"], update_fields=["seen_at"]
        )

    def mark(self, user_id):
        self.backend.mark_many([user_id], self.now)

    def count(self):
        return self.backend.online_count(self.now)

    def page(self):
        since = moment(window_start(self.now))
        return list(LastSeen.objects.since(since).order_by("-seen_at").values_list()[:PAGE])

    def is_online(self, ids):
        return self.backend.last_activities(ids, self.now)
