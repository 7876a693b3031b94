"""The second step: a code from an authenticator app. Passkeys: tests/browser/test_accounts.py."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.core.cache import caches
from django.db import connection
from django.test import Client

from chatsite.accounts.two_factor import use_code

from .conftest import PASSWORD, confirm

pytestmark = pytest.mark.django_db
STEP = "/accounts/2fa/authenticate/"
PERIOD_SECONDS = 30


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS))


@pytest.fixture
def secret(alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    return secret


@pytest.fixture
def half_way(client, secret):
    """Returns a browser after the first step, a correct password."""
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert response.headers["Location"] == STEP
    return client


def is_signed_in(client) -> bool:
    return client.get("/api/me").status_code == 200


def test_the_password_only_is_not_enough(half_way):
    assert not is_signed_in(half_way)


def test_a_code_signs_in(half_way, secret):
    half_way.post(STEP, {"code": code_of(secret)})
    assert is_signed_in(half_way)


@pytest.mark.parametrize("code", ["", "000000", "abcdef"])
def test_a_wrong_code_does_not_sign_in(half_way, code):
    assert half_way.post(STEP, {"code": code}).context["form"].errors["code"]
    assert not is_signed_in(half_way)


def test_a_code_works_once(half_way, secret):
    code = code_of(secret)
    half_way.post(STEP, {"code": code})
    half_way.post("/accounts/logout/")
    half_way.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert half_way.post(STEP, {"code": code}).context["form"].errors["code"]


def test_codes_cannot_be_guessed_from_many_addresses(secret):
    """Failures of the second step count for the user from all addresses, because a code is short.
    An attempt needs the password first, so a stranger cannot lock the owner out."""
    for number in range(6):
        browser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
        code = code_of(secret) if number == 5 else "000000"
        page = browser.post(STEP, {"code": code})
        assert not is_signed_in(browser)
    assert "Too many failed attempts" in page.text


def test_a_stranger_without_the_password_uses_no_codes(client, secret):
    for number in range(6):
        stranger = Client(REMOTE_ADDR=f"198.51.100.{number}")
        stranger.post("/accounts/login/", {"login": "alice", "password": "wrong"})
        stranger.post(STEP, {"code": "000000"})
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    client.post(STEP, {"code": code_of(secret)})
    assert is_signed_in(client)


def test_a_recovery_code_works_once(half_way, alice):
    code = RecoveryCodes.activate(alice).get_unused_codes()[0]
    half_way.post(STEP, {"code": code})
    assert is_signed_in(half_way)
    half_way.post("/accounts/logout/")
    half_way.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert half_way.post(STEP, {"code": code}).context["form"].errors["code"]


def test_each_recovery_code_has_its_own_line(half_way, alice):
    codes = RecoveryCodes.activate(alice).get_unused_codes()
    half_way.post(STEP, {"code": codes[0]})
    half_way.post("/accounts/reauthenticate/", {"password": PASSWORD})
    html = half_way.get("/accounts/2fa/recovery-codes/").content.decode()
    assert "\n".join(codes[1:]) in html


def test_setting_up_the_app_needs_the_password_again(client, alice):
    client.force_login(alice)
    location = client.get("/accounts/2fa/totp/activate/").headers["Location"]
    assert location.startswith("/accounts/reauthenticate/")


def test_the_app_is_set_up(client, alice):
    client.force_login(alice)
    confirm(client)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert alice.authenticator_set.filter(type="totp").exists()
    assert "On. Signing in needs" in client.get("/accounts/2fa/").text


def lose_the_cache() -> None:
    for cache in caches.all():
        cache.clear()


def sign_in_with(code) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    browser.post(STEP, {"code": code})
    return browser


def test_a_code_works_once_even_if_the_cache_is_lost(secret):
    code = code_of(secret)
    assert is_signed_in(sign_in_with(code))
    lose_the_cache()
    assert not is_signed_in(sign_in_with(code))


def test_no_older_code_works_after_a_newer_one(alice, secret):
    authenticator = alice.authenticator_set.get()
    old, new = (format_hotp_value(hotp_value(secret, step)) for step in (100, 101))
    now = 101 * PERIOD_SECONDS
    assert use_code(authenticator, new, now)
    assert not use_code(authenticator, old, now)
    assert not use_code(authenticator, new, now)
    later = format_hotp_value(hotp_value(secret, 102))
    assert use_code(authenticator, f"{later[:3]} {later[3:]}", now)


def test_a_code_that_was_used_to_confirm_does_not_sign_in(client, alice, secret):
    client.force_login(alice)
    code = code_of(secret)
    client.post("/accounts/2fa/reauthenticate/", {"code": code})
    lose_the_cache()
    assert not is_signed_in(sign_in_with(code))


@pytest.mark.django_db(transaction=True)
def test_the_code_of_the_setup_does_not_sign_in(client, alice):
    client.force_login(alice)
    confirm(client)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = code_of(secret)
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    assert alice.authenticator_set.filter(type="totp").exists()
    lose_the_cache()
    assert not is_signed_in(sign_in_with(code))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_works_once_at_the_same_moment(alice, secret, kind):
    app = alice.authenticator_set.get()
    recovery = RecoveryCodes.activate(alice)
    code = code_of(secret) if kind == "app" else recovery.get_unused_codes()[0]

    def use(_) -> bool:
        try:
            if kind == "app":
                return use_code(app, code)
            return Authenticator.objects.get(pk=recovery.instance.pk).wrap().validate_code(code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(use, range(6))) == [False] * 5 + [True]


def test_wrong_codes_are_limited_without_a_cache(half_way, secret):
    for _ in range(5):
        lose_the_cache()
        half_way.post(STEP, {"code": "000000"})
    lose_the_cache()
    assert "Too many failed attempts" in half_way.post(STEP, {"code": code_of(secret)}).text
