"""The page Devices: the sessions and tokens of a user."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import AsyncClient, Client
from django.utils import timezone

from chatsite.accounts import devices
from chatsite.accounts.models import Token

from .conftest import PASSWORD, confirm

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/accounts/devices/"
FIREFOX = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"  # on Windows
)


def signed_in(user, agent="curl/8.0", address="127.0.0.1"):
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    client.force_login(user)
    client.get(PAGE)
    return client


def device_of(client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


@pytest.fixture
def here(alice):
    return signed_in(alice, FIREFOX)


@pytest.fixture
def there(alice):
    return signed_in(alice, address="198.51.100.7")


def test_each_device_has_its_browser_system_and_address(here, there):
    page = here.get(PAGE)
    shown = {(device.name, device.ip, device.is_this) for device in page.context["devices"]}
    assert shown == {
        ("Firefox on Windows", "127.0.0.1", True),
        ("curl", "198.51.100.7", False),
    }
    assert page.text.count("This device") == 1


def test_each_device_has_its_first_and_last_use(here, there):
    at = timezone.now().replace(microsecond=0)
    first, last = at - timedelta(days=3), at - timedelta(hours=2)
    UserSession.objects.filter(pk=device_of(there).pk).update(created_at=first, last_seen_at=last)
    page = here.get(PAGE).text
    assert f'last used <time datetime="{last.isoformat()}"' in page
    assert f'signed in <time datetime="{first.isoformat()}"' in page


def test_the_page_needs_a_signed_in_user(client):
    assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")


def test_signing_in_creates_a_device(client, alice):
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert device_of(client).user == alice


def test_last_use_is_written_once_a_minute(here, django_assert_max_num_queries):
    before = device_of(here).last_seen_at
    with django_assert_max_num_queries(1):  # the person
        here.get("/api/me")
    assert device_of(here).last_seen_at == before
    devices.recent_use_cache.clear()
    here.get("/api/me")
    assert device_of(here).last_seen_at > before


def test_a_user_who_comes_every_day_stays_signed_in(here):
    device = UserSession.objects.filter(session_key=here.session.session_key)
    for days, extended in [(0, False), (1, True)]:
        devices.recent_use_cache.clear()
        device.update(last_seen_at=timezone.now() - timedelta(days=days))
        assert ("sessionid" in here.get("/api/me").cookies) is extended


def test_a_new_address_is_recorded(here):
    devices.recent_use_cache.clear()
    here.get("/api/me", REMOTE_ADDR="2001:db8::1")
    assert device_of(here).ip == "2001:db8::1"


def test_expired_sessions_are_not_listed(alice, here):
    later = timezone.now() + timedelta(days=15)
    assert devices.unexpired().count() == 1
    assert devices.unexpired(later).count() == 0


def test_a_user_signs_out_another_device(here, there):
    url = f"{PAGE}{device_of(there).pk}/sign-out/"
    assert "curl was signed out." in here.post(url, follow=True).text
    assert there.get("/api/me").status_code == 401
    assert here.get("/api/me").status_code == 200


def test_a_user_signs_out_all_other_devices(alice, here, there):
    signed_in(alice)
    here.post(f"{PAGE}others/sign-out/")
    assert list(Session.objects.values_list("pk", flat=True)) == [here.session.session_key]


def test_nobody_signs_out_the_device_of_another_user(bob, there):
    stranger = signed_in(bob)
    assert stranger.post(f"{PAGE}{device_of(there).pk}/sign-out/").status_code == 404
    stranger.post(f"{PAGE}others/sign-out/")
    assert there.get("/api/me").status_code == 200


def test_get_requests_change_nothing(here, there):
    for path in (f"{device_of(there).pk}/sign-out/", "others/sign-out/", "tokens/"):
        assert here.get(PAGE + path).status_code == 405


def create_token(client, **more):
    confirm(client)
    return client.post(f"{PAGE}tokens/", {"name": "laptop", "scope": "write", "days": "90", **more})


def test_the_secret_of_a_new_token_is_shown_once(here, alice):
    page = create_token(here)
    secret = page.context["secret"]
    assert secret in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in here.get(PAGE).text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/me", headers=bearer).json()["username"] == "alice"


@pytest.mark.parametrize(("days", "expiry"), [("30", timedelta(days=30)), ("", None)])
def test_a_token_expires_at_the_chosen_time(here, days, expiry):
    create_token(here, days=days)
    expires = Token.objects.get().expires_at
    if expiry is None:
        assert expires is None
    else:
        assert abs(expires - timezone.now() - expiry) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 61}, {"scope": "admin"}, {"days": "99999"}]
)
def test_invalid_tokens_are_refused(here, wrong):
    assert create_token(here, **wrong).context["form"].errors.keys() == wrong.keys()
    assert not Token.objects.exists()


def test_creating_a_token_needs_the_password_again(here):
    asked = here.post(f"{PAGE}tokens/", {"name": "laptop", "scope": "write", "days": "90"})
    assert not Token.objects.exists()
    page = here.post(asked.headers["Location"], {"password": PASSWORD})
    assert Token.objects.get().name == "laptop"
    assert page.context["secret"] in page.text


def test_only_its_owner_revokes_a_token(bob, here):
    create_token(here)
    url = f"{PAGE}tokens/{Token.objects.get().pk}/revoke/"
    assert signed_in(bob).post(url).status_code == 404
    assert "laptop was revoked" in here.post(url, follow=True).text
    assert not Token.objects.exists()


def test_the_last_use_of_a_token_is_listed(here, alice):
    token, _ = Token.objects.issue(alice, "laptop", "read")
    assert "never used" in here.get(PAGE).text
    token.mark_used(timezone.now() - timedelta(days=2))
    assert "used 2\xa0days ago" in here.get(PAGE).text


def test_the_tokens_of_others_are_not_listed(alice, bob):
    Token.objects.issue(alice, "laptop", "read")
    assert "laptop" not in signed_in(bob).get(PAGE).text


async def test_devices_are_recorded_under_an_async_server(alice):
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.get("/api/me", headers={"User-Agent": FIREFOX})).status_code == 200
    device = await UserSession.objects.aget(user=alice)
    assert devices.name_of(device) == "Firefox on Windows"
