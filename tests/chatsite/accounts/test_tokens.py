"""Signing in by `Authorization: Bearer`."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatsite.accounts.exceptions import Refused
from chatsite.accounts.header_auth import identify_by_token
from chatsite.accounts.models import Token, User, digest

from .conftest import PASSWORD, basic, bearer

pytestmark = pytest.mark.django_db


def me(client, secret):
    return client.get("/api/me", headers=bearer(secret))


def test_a_token_signs_in(client, alice, token):
    assert me(client, token).json() == {
        "id": alice.pk,
        "username": "alice",
        "name": "Alice",
        "bot": False,
    }


def test_only_its_hash_is_stored(token):
    stored = Token.objects.values().get()
    assert token not in str(stored)
    assert stored["digest"] == digest(token)
    assert token.startswith(stored["prefix"])


@pytest.mark.parametrize("secret", ["", "chat_wrong", "ünknown", "\x00"])
def test_an_unknown_token_is_refused(client, token, secret):
    response = me(client, secret)
    assert response.status_code == 401
    assert response.json() == {"detail": "That token is unknown, expired or revoked."}
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_neither_hash_nor_prefix_signs_in(client, token):
    stored = Token.objects.get()
    assert me(client, stored.digest).status_code == 401
    assert me(client, stored.prefix).status_code == 401


def test_another_scheme_is_refused(client, alice):
    response = client.get("/api/me", headers={"Authorization": "Digest alice"})
    assert response.status_code == 401


def test_an_expired_token_is_refused(alice):
    now = timezone.now()
    _, secret = Token.objects.issue(alice, "laptop", "read", now + timedelta(days=1))
    assert identify_by_token(secret, now).user == alice
    with pytest.raises(Refused):
        identify_by_token(secret, now + timedelta(days=1))


def test_a_revoked_token_is_refused(client, token):
    Token.objects.get().delete()
    assert me(client, token).status_code == 401


def test_the_token_of_a_deactivated_person_is_refused(client, alice, token):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert me(client, token).status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_read_token_writes_nothing(client, alice, method):
    _, secret = Token.objects.issue(alice, "laptop", Token.Scope.READ)
    assert me(client, secret).status_code == 200
    response = getattr(client, method)("/api/rooms", headers=bearer(secret))
    assert response.status_code == 403
    assert response.json() == {"detail": "This token can only read. Use one that can write."}


def test_last_use_is_written_once_a_minute(alice, token):
    now = timezone.now()
    for seconds, written in [(0, 0), (59, 0), (60, 60), (61, 60)]:
        identify_by_token(token, now + timedelta(seconds=seconds))
        assert Token.objects.get().last_used_at == now + timedelta(seconds=written)


@pytest.mark.parametrize("path", ["/accounts/devices/", "/accounts/password/change/", "/admin/"])
def test_a_token_cannot_change_how_its_owner_signs_in(client, token, path):
    for method in (client.get, client.post):
        assert method(path, headers=bearer(token)).status_code == 403


@pytest.mark.django_db(transaction=True)
async def test_a_token_signs_in_under_an_async_server(token):
    client = AsyncClient()
    assert (await client.get("/api/me", headers=bearer(token))).json()["username"] == "alice"
    assert (await client.get("/api/me", headers=bearer("chat_wrong"))).status_code == 401
    assert (await client.get("/api/me")).status_code == 401


def test_the_header_counts_instead_of_the_cookie(client, bob, token):
    client.force_login(bob)
    assert me(client, token).json()["username"] == "alice"
    assert me(client, "chat_wrong").status_code == 401


PAGES = ["/", "/rooms/{room}/", "/online/", "/api/me", "/api/rooms", "/api/rooms/{room}/messages"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scope", Token.Scope.values)
def test_reading_with_a_token_writes_no_session(client, alice, general, scope, path):
    _, secret = Token.objects.issue(alice, "laptop", scope)
    client.get("/", headers=bearer(secret))  # writes the last use of the token
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path.format(room=general.pk), headers=bearer(secret))
    assert response.status_code == 200
    assert not [q["sql"] for q in queries if not q["sql"].startswith("SELECT")]
    assert not response.cookies.get("sessionid")
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()


def test_a_session_next_to_the_header_is_neither_read_nor_written(client, bob, token, general):
    client.force_login(bob)
    before = dict(client.session)
    client.get(f"/rooms/{general.pk}/", headers=bearer(token))
    assert dict(client.session) == before


def test_basic_writes_no_session(client, alice, general):
    client.get(f"/rooms/{general.pk}/", headers=basic("alice", PASSWORD))
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/add?a=1&b=2", "/add-result"])
def test_pages_that_use_the_session_need_one(client, token, path):
    assert client.get(path, headers=bearer(token)).status_code == 403
