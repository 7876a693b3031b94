"""Sessions: stored in the database, with a copy in Redis."""

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db.transaction import atomic
from django.test import AsyncClient, Client

from chat.services import rooms
from chatsite.accounts import devices
from chatsite.accounts.exceptions import Refused
from chatsite.accounts.models import User
from chatsite.accounts.session_auth import void_session
from chatsite.accounts.session_store import SessionStore
from chatsite.accounts.socket_auth import identify_by_session, request_of
from presence import connection
from tests import valkey

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def in_redis(key: str) -> bool:
    return SessionStore.cache_key_prefix + key in caches["sessions"]


@pytest.mark.parametrize(
    "cookie", [r'"\000forgedforged"', r'"forgedforged\000"', '"forged forged"', r'"\303\251forged"']
)
def test_a_cookie_that_is_not_a_key_is_not_looked_up(client, cookie, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/", headers={"Cookie": f"sessionid={cookie}"})
    assert response.status_code == 302


def test_values_are_set_read_and_removed():
    session = SessionStore()
    session["room"] = 7
    session.save()
    assert SessionStore(session.session_key)["room"] == 7
    assert in_redis(session.session_key)
    again = SessionStore(session.session_key)
    assert again.pop("room") == 7
    assert again.pop("room", None) is None
    again.save()
    assert "room" not in SessionStore(session.session_key)


def test_a_session_survives_a_flushed_redis(client, alice):
    client.force_login(alice)
    key = client.session.session_key
    connection.client().flushall()
    assert not in_redis(key)
    assert identify_by_session(request_of(cookies(key))).user == alice
    connection.client().flushall()
    assert client.get("/api/me").json()["username"] == "alice"
    assert in_redis(key)


def test_the_draft_of_an_abandoned_session_shows_on_the_next_device(alice):
    room = rooms.create(alice, "General")
    lost, found = Client(), Client()
    lost.force_login(alice)
    lost.post(f"/rooms/{room.pk}/draft/", {"body": "half a thought"})
    caches["sessions"].clear()
    Session.objects.all().delete()
    found.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert "half a thought</textarea>" in found.get(f"/rooms/{room.pk}/").text


@pytest.fixture
def redis_unreachable(settings):
    settings.CACHES = {
        alias: {**cache, "LOCATION": "redis://127.0.0.1:1/0"}
        for alias, cache in settings.CACHES.items()
    }


@pytest.mark.usefixtures("redis_unreachable")
def test_signing_up_is_not_limited_without_redis(settings, caplog):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    for name in ("dora", "emil", "frida"):
        new = {"username": name, "password1": PASSWORD}
        assert Client().post("/accounts/signup/", new).status_code == 302
    assert User.objects.filter(username="frida").exists()
    assert "django_redis" in {record.name.partition(".")[0] for record in caplog.records}


@pytest.mark.usefixtures("redis_unreachable")
def test_a_user_signs_in_and_stays_signed_in_without_redis(alice):
    client = Client()
    wrong = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert "Wrong username or password" in wrong.text
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert response.status_code == 302
    assert client.get("/api/me").json()["username"] == "alice"


def test_a_deleted_session_leaves_redis_and_the_device_list(client, alice):
    client.force_login(alice)
    client.get("/api/me")
    key = client.session.session_key
    assert devices.unexpired().filter(session_key=key).exists()
    Session.objects.filter(session_key=key).delete()
    assert not in_redis(key)
    assert not devices.unexpired().filter(session_key=key).exists()
    assert client.get("/api/me").status_code == 401


@pytest.fixture
def redis_back():
    """redis_back() ends the outage. Redis then has the same data as before."""
    valkey.server.stop()

    def start():
        valkey.server.start()
        connection.outage.retry_at = 0

    yield start
    start()


def device_of(client) -> str:
    return UserSession.objects.get(session_key=client.session.session_key).pk


@pytest.mark.parametrize("path", ["/accounts/logout/", "/accounts/devices/{}/sign-out/"])
def test_a_session_that_ended_while_redis_was_away_stays_ended(alice, path, request):
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(alice)
        client.get("/api/me")
    cookie, key = here.cookies["sessionid"].value, here.session.session_key
    url = path.format(device_of(here))
    redis_back = request.getfixturevalue("redis_back")
    (here if "logout" in path else there).post(url)
    redis_back()
    assert in_redis(key)
    again = Client()
    again.cookies["sessionid"] = cookie
    assert again.get("/api/me").status_code == 401
    assert not in_redis(key)
    assert there.get("/api/me").status_code == 200
    again.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert again.get("/api/me").status_code == 200


def test_all_sessions_that_end_in_one_transaction_stay_ended(alice, redis_back):
    client = Client()
    client.force_login(alice)
    client.get("/api/me")
    key = client.session.session_key
    with atomic():
        Session.objects.filter(session_key=key).delete()
    alice.refresh_from_db()
    assert alice.void_sessions == [key]


def test_an_ended_session_opens_no_socket(client, alice):
    client.force_login(alice)
    scope = cookies(client.session.session_key)
    assert identify_by_session(request_of(scope)).user == alice
    void_session(alice.pk, client.session.session_key)
    with pytest.raises(Refused):
        identify_by_session(request_of(scope))


def cookies(session_key: str) -> dict:
    headers = [(b"cookie", f"sessionid={session_key}".encode())]
    return {"type": "websocket", "path": "/ws/", "headers": headers}


async def test_an_ended_session_is_refused_under_an_async_server(alice):
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.get("/accounts/devices/")).status_code == 200
    await sync_to_async(void_session)(alice.pk, client.session.session_key)
    assert (await client.get("/accounts/devices/")).status_code == 302


def test_a_new_password_ends_every_other_session(alice):
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(alice)
        client.get("/api/me")
    new = {
        "oldpassword": PASSWORD,
        "password1": "battery staple 7",
        "password2": "battery staple 7",
    }
    assert here.post("/accounts/password/change/", new).status_code == 302
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401
    assert Session.objects.count() == 1


def test_deactivation_ends_every_session(client, alice):
    client.force_login(alice)
    client.get("/api/me")
    alice.is_active = False
    alice.save()
    assert client.get("/api/me").status_code == 401
    assert not Session.objects.exists()


def test_other_changes_of_a_user_end_no_session(client, alice):
    client.force_login(alice)
    client.get("/api/me")
    alice.name = "Alice L."
    alice.save()
    User.objects.get(pk=alice.pk).save(update_fields=["last_login"])
    assert client.get("/api/me").json()["name"] == "Alice L."


def test_a_session_whose_row_the_database_lost_ends(client, alice):
    """This happens after a backup was restored; pages must not fail."""
    client.force_login(alice)
    general = rooms.create(alice, "General")
    Session.objects.all()._raw_delete("default")  # without changing Redis
    client.get(f"/rooms/{general.pk}/")
    assert client.get(f"/rooms/{general.pk}/").status_code == 302
    client.force_login(alice)
    assert client.get(f"/rooms/{general.pk}/").status_code == 200
