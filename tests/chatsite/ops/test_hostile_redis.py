"""An attacker can read Redis and write to it: no code runs, no page fails, nobody is signed in."""

import json
import os
import pickle
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from allauth.account.models import EmailAddress
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.core.cache import caches
from django.test import Client

from chat.events.publisher import GROUP
from chat.rate_limits import limits
from chatsite.ops.cache import hashed_key
from presence.connection import outage
from presence.mark_throttle import mark_throttle
from tests.chatsite.accounts.conftest import sent
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


class Bomb:
    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def server(settings):
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushall()
    mark_throttle.clear()
    yield client
    client.flushall()
    client.close()
    outage.refused.clear()


@pytest.fixture
def bomb(tmp_path):
    """Returns the bytes of a pickle that creates a folder, which must not exist in the end."""
    folder = tmp_path / "code ran"
    pickle.loads(pickle.dumps(Bomb(folder)))
    folder.rmdir()
    yield pickle.dumps(Bomb(folder))
    assert not folder.exists()


HOSTILE = {
    "nothing": b"",
    "half JSON": b'{"_auth_user_id": "1',
    "null": b"null",
    "a number": b"5",
    "a huge number": b"9" * 10_000,
    "a text": b'"text"',
    "a list": b"[1, 2]",
    "another dictionary": json.dumps({"_auth_user_id": [1], "x": {}}).encode(),
    "deep": b"[" * 100_000,
    "not UTF-8": b"\xff\xfe\x00",
    "zlib": b"x\x9c\x03\x00\x00\x00\x00\x01",
}


@pytest.fixture(params=["pickle", *HOSTILE])
def hostile(request, bomb):
    """Returns bytes that the site did not write."""
    return HOSTILE.get(request.param, bomb)


OTHER_TYPES = {
    "list": lambda redis, key: redis.rpush(key, "x"),
    "hash": lambda redis, key: redis.hset(key, "x", "y"),
    "set": lambda redis, key: redis.sadd(key, "x"),
    "sorted set": lambda redis, key: redis.zadd(key, {"x": 1}),
    "stream": lambda redis, key: redis.xadd(key, {"x": "y"}),
}


@pytest.fixture(params=OTHER_TYPES)
def other_type(request):
    """Returns other_type(redis, key), which sets the key to a value of that type."""

    def put(redis, key) -> None:
        redis.delete(key)
        OTHER_TYPES[request.param](redis, key)

    return put


def session_keys(server) -> list[bytes]:
    return list(server.scan_iter("session:*"))


def test_a_session_is_read_from_the_database_instead(client, alice, server, hostile):
    client.force_login(alice)
    for key in session_keys(server):
        server.set(key, hostile)
    assert client.get("/api/me").json()["username"] == "alice"
    assert Client().get("/accounts/login/").status_code == 200


def test_a_session_key_of_another_type_is_read_from_the_database(client, alice, server, other_type):
    client.force_login(alice)
    for key in session_keys(server):
        other_type(server, key)
    assert client.get("/api/me").json()["username"] == "alice"


def test_an_anonymous_page_runs_no_code(server, bomb):
    cookie = "a" * 32
    server.set(hashed_key(f"django.contrib.sessions.cached_db{cookie}", "session", 1), bomb)
    client = Client()
    client.cookies["sessionid"] = cookie
    assert client.get("/accounts/login/").status_code == 200


def test_a_session_copied_to_another_key_signs_nobody_in(alice, bob, server):
    mine, theirs = Client(), Client()
    mine.force_login(alice)
    (key,) = session_keys(server)
    theirs.force_login(bob)
    (other,) = set(session_keys(server)) - {key}
    server.set(other, server.get(key))
    assert theirs.get("/api/me").json()["username"] == "bob"


@pytest.fixture
def everything(client, alice, general, server):
    """Creates keys of all kinds that the site has."""
    wrong = {"login": "alice", "password": "wrong"}
    client.post("/accounts/login/", wrong)
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    client.get("/api/me")
    client.get("/add?a=1&b=2")
    client.get(f"/rooms/{general.pk}/")
    post = {"client_id": "8f14e45f-ceea-467f-a0e6-0c1b5c1e5a3b", "body": "Hello"}
    client.post(f"/api/rooms/{general.pk}/messages", post, content_type="application/json")
    limits.limiter.exchange()
    prefixes = {key.decode().partition(":")[0].partition("/")[0] for key in server.scan_iter()}
    assert prefixes >= {"cache", "session", "chat-limits", "online-users", "{tasks"}
    return server


PAGES = ["/", "/online/", "/api/me", "/api/users/online", "/accounts/devices/", "/add?a=1&b=2"]
PAGES += ["/add-result", "/api/rooms", "/healthz", "/metrics", "/readyz"]


def visited(client) -> set[int]:
    mark_throttle.clear()
    return {client.get(page).status_code for page in PAGES}


@pytest.mark.parametrize(
    "hostile", ["pickle", "nothing", "a list", "another dictionary"], indirect=True
)
def test_every_page_works_after_every_key_was_overwritten(client, everything, hostile):
    for key in list(everything.scan_iter()):
        everything.set(key, hostile)
    assert visited(client) <= {200, 302, 503}
    assert client.get("/api/me").json()["username"] == "alice"
    signed_in = Client().post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert signed_in.status_code == 302


@pytest.mark.parametrize("other_type", ["list", "hash"], indirect=True)
def test_every_page_works_if_every_key_has_another_type(client, everything, other_type):
    for key in list(everything.scan_iter()):
        other_type(everything, key)
    assert visited(client) <= {200, 302, 503}
    assert client.get("/api/me").json()["username"] == "alice"
    signed_in = Client().post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert signed_in.status_code == 302


@pytest.fixture(params=["default", "sessions"])
def cache(request, server):
    return caches[request.param]


def test_each_operation_of_a_cache_treats_it_as_missing(cache, server, hostile):
    cache.set("good", {"a": 1})
    server.set(cache.make_key("bad"), hostile)
    assert cache.get("bad") is None
    assert cache.get("bad", "default") == "default"
    assert cache.get_many(["bad", "good", "absent"]) == {"good": {"a": 1}}
    assert cache.get_or_set("bad", "new") == "new"


def test_a_hostile_value_cannot_be_incremented(cache, server, hostile):
    server.set(cache.make_key("bad"), hostile)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("bad")
    cache.set("good", 1)
    assert cache.incr("good", 2) == 3
    assert cache.get("good") == 3


def test_many_increments_at_the_same_moment_all_count(cache, server):
    cache.set("count", 0, 60)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: cache.incr("count"), range(100)))
    assert cache.get("count") == 100
    assert 0 < cache.ttl("count") <= 60


def test_a_hostile_value_does_not_hold_a_lock(cache, server, hostile):
    server.set(cache.make_key("bad"), hostile)
    assert cache.add("bad", True)
    assert not cache.add("bad", True)


def test_a_value_of_another_type_is_missing(cache, server, other_type):
    other_type(server, cache.make_key("bad"))
    assert cache.get("bad", "default") == "default"
    assert cache.get_many(["bad"]) == {}
    with pytest.raises(ValueError, match="not found"):
        cache.incr("bad")
    assert cache.add("bad", True)
    assert not cache.add("bad", True)
    other_type(server, cache.make_key("bad"))
    cache.set("bad", 1)
    assert cache.get("bad") == 1


def secrets(server) -> bytes:
    """Returns everything that can be read in Redis."""
    keys = list(server.scan_iter())
    return b"\n".join(keys + [server.dump(key) or b"" for key in keys])


def test_redis_contains_no_session_key(client, everything):
    assert client.session.session_key.encode() not in secrets(everything)


def test_redis_contains_no_data_of_a_session(client, alice, everything):
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True, primary=True)
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    path, token = re.search(
        r"(/accounts/password/reset/key/\w+-([\w-]+)/)", sent()[0].body
    ).groups()
    assert Client().get(path).status_code == 302  # opens a page that has the token in its session
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    readable = secrets(everything)
    assert token.encode() not in readable
    assert secret.encode() not in readable


async def test_a_sign_out_does_not_publish_the_session_key(alice, server):
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)

    def sign_in_and_out() -> str:
        client = Client()
        client.force_login(alice)
        key = client.session.session_key
        client.post("/accounts/logout/")
        return key

    key = await sync_to_async(sign_in_and_out)()
    while "ended" not in str(message := await layer.receive(channel)):
        pass
    assert key not in str(message)
    await layer.flush()
