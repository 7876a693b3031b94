"""Signing in by `Authorization: Basic`."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import get_hasher
from django.test import Client

import presence
from chatsite.accounts import header_auth
from chatsite.accounts.models import User
from presence.mark_throttle import mark_throttle

from .conftest import PASSWORD, basic

pytestmark = pytest.mark.django_db


def me(client, username="alice", password=PASSWORD):
    return client.get("/api/me", headers=basic(username, password))


@pytest.mark.parametrize("username", ["alice", "ALICE", "alice@example.org"])
def test_a_username_or_address_signs_in_with_the_password(client, alice, username):
    assert me(client, username).json()["id"] == alice.pk


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD)])
def test_wrong_credentials_are_refused(client, alice, username, password):
    response = me(client, username, password)
    assert response.status_code == 401
    assert response.json() == {"detail": "Wrong username or password."}
    assert response.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("value", ["", "!", "YWxpY2U=", "/w==", "AGE6Yg==", "é"])
def test_a_malformed_value_is_refused(client, alice, value):
    response = client.get("/api/me", headers={"Authorization": f"Basic {value}"})
    assert response.status_code == 401
    assert response.json()["detail"].startswith("Basic must be followed by")


def test_a_deactivated_person_is_refused(client, alice):
    assert me(client).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert me(client).status_code == 401
    header_auth.password_cache.clear()
    assert me(client).status_code == 401


def test_a_new_password_invalidates_the_old_one_immediately(client, alice):
    assert me(client).status_code == 200
    alice.set_password("battery staple 7")
    alice.save()
    assert me(client).status_code == 401
    assert me(client, password="battery staple 7").status_code == 200


def test_a_password_is_not_enough_with_a_second_step(client, alice):
    assert me(client).status_code == 200
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={})
    response = me(client)
    assert response.status_code == 401
    assert "Use a token" in response.json()["detail"]


def test_failures_are_limited_even_of_get_requests(client, alice):
    for _ in range(5):
        assert me(client, password="wrong").status_code == 401
    locked = me(client)
    assert locked.status_code == 429
    assert locked.headers["Retry-After"] == "300"
    assert me(Client(REMOTE_ADDR="198.51.100.7")).status_code == 200


def test_the_slow_hash_is_computed_once(client, alice, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
    alice.set_password(PASSWORD)
    alice.save()
    hasher, checks = get_hasher(), []
    verify = type(hasher).verify
    try:
        type(hasher).verify = lambda self, *args: checks.append(1) or verify(self, *args)
        assert [me(client).status_code for _ in range(5)] == [200] * 5
    finally:
        type(hasher).verify = verify
    assert len(checks) == 1


def test_the_cache_contains_no_password(client, alice):
    me(client)
    assert PASSWORD not in str(header_auth.password_cache._cache)


def test_another_site_cannot_use_a_password_that_the_browser_remembers(client, alice):
    headers = basic("alice", PASSWORD) | {"Origin": "https://evil.example"}
    assert client.get("/api/me", headers=headers).status_code == 200
    response = client.post("/api/rooms", headers=headers)
    assert response.status_code == 403


def test_a_user_who_signs_in_with_basic_is_online(client, alice):
    mark_throttle.clear()
    me(client)
    assert presence.is_online([alice.pk]) == {alice.pk}
