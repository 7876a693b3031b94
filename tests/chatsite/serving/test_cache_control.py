"""Browsers and caches may not store a response for a user."""

import base64

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.test import Client

from chatsite.accounts.models import Token
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PAGES = ["/", "/online/", "/accounts/devices/", "/accounts/profile/", "/rooms/999/", "/nothing/"]


def is_private(response) -> bool:
    return {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


def depends_on(response) -> set[str]:
    return {name.strip() for name in response.get("Vary", "").split(",")}


@pytest.mark.parametrize("path", [*PAGES, "/api/me", "/api/rooms", "/api/nothing", "/add?a=x"])
def test_pages_for_a_user_are_not_cached(client, alice, general, path):
    client.force_login(alice)
    response = client.get(path)
    assert is_private(response)
    assert {"Cookie", "Authorization"} <= depends_on(response)


def test_a_room_and_its_forms_are_not_cached(client, alice, general):
    client.force_login(alice)
    assert is_private(client.get(f"/rooms/{general.pk}/"))
    assert is_private(client.get(f"/rooms/{general.pk}/?before=1", headers={"HX-Request": "true"}))
    assert is_private(client.post(f"/rooms/{general.pk}/messages/", {"body": "hi"}))
    assert is_private(client.put(f"/rooms/{general.pk}/messages/"))


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_responses_for_programs_are_not_cached(alice, scheme):
    if scheme == "Bearer":
        _, secret = Token.objects.issue(alice, "laptop", Token.Scope.READ)
    else:
        secret = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    program = Client(headers={"Authorization": f"{scheme} {secret}"})
    for path in ("/api/me", "/", "/accounts/devices/"):
        assert is_private(program.get(path))


def test_signing_in_and_out_is_not_cached(client, alice):
    sign_in = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert sign_in.status_code == 302
    assert is_private(sign_in)
    sign_out = client.post("/accounts/logout/")
    assert sign_out.status_code == 302
    assert is_private(sign_out)


@pytest.mark.parametrize("path", ["/api/me", "/api/nothing", "/api/openapi.json"])
def test_the_api_is_not_cached_for_anonymous_users(client, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/accounts/login/", "/", "/accounts/signup/"])
def test_pages_for_anonymous_users_vary_on_credentials(client, path):
    assert {"Cookie", "Authorization"} <= depends_on(client.get(path))


def test_responses_to_an_ended_session_are_not_cached(client):
    client.cookies["sessionid"] = "x" * 32
    assert is_private(client.get("/accounts/login/"))


def confirmation_link(alice) -> str:
    address = EmailAddress.objects.create(user=alice, email="alice@example.org")
    return f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"


def test_the_link_of_a_mail_is_not_cached_for_anonymous_users(client, alice):
    response = client.get(confirmation_link(alice))
    assert b"alice@example.org" in response.content
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/inactive/", "/metrics"])
def test_other_pages_are_not_cached(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
