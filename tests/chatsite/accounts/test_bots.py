"""A user that is marked as a bot: a program that signs in with a token only."""

import pytest
from django.test import Client

from chat.rendering import message_html
from chat.services import memberships, rooms
from chatsite.accounts.models import Token, User

from .conftest import PASSWORD, basic, bearer

pytestmark = pytest.mark.django_db(transaction=True)
ADD = "/admin/accounts/token/add/"


@pytest.fixture
def admin(client, db):
    client.force_login(User.objects.create_superuser("admin", password=PASSWORD))
    return client


@pytest.fixture
def echo(db):
    return User.objects.create_user("echo", password=PASSWORD, is_bot=True)


def sign_in(client, name):
    return client.post("/accounts/login/", {"login": name, "password": PASSWORD}, follow=True)


def test_a_bot_has_no_password(client, echo):
    assert not echo.has_usable_password()
    assert "Wrong username or password" in sign_in(client, "echo").text
    assert client.get("/api/me", headers=basic("echo", PASSWORD)).status_code == 401


def test_a_bot_cannot_sign_in_with_a_password_that_code_has_set(client, alice):
    User.objects.filter(pk=alice.pk).update(is_bot=True)
    assert "A bot signs in with a token only." in sign_in(client, "alice").text
    assert client.get("/api/me").status_code == 401
    refused = client.get("/api/me", headers=basic("alice", PASSWORD))
    assert refused.json() == {"detail": "A bot signs in with a token."}


def test_a_bot_signs_in_with_a_token(client, echo):
    _, secret = Token.objects.issue(echo, "server", Token.Scope.WRITE)
    me = client.get("/api/me", headers=bearer(secret)).json()
    assert me == {"id": echo.pk, "username": "echo", "name": "echo", "bot": True}


@pytest.mark.parametrize("password", [PASSWORD, None])
def test_a_person_who_becomes_a_bot_is_signed_out(client, alice, password):
    alice.set_password(password)
    alice.save()
    client.force_login(alice)
    assert client.get("/api/me").status_code == 200
    alice.is_bot = True
    alice.save()
    assert client.get("/api/me").status_code == 401


def test_other_changes_of_a_bot_revoke_nothing(client, echo):
    client.force_login(echo)
    client.get("/api/me")
    echo.name = "Echo"
    echo.save()
    assert client.get("/api/me").status_code == 200


def test_the_admin_creates_a_bot_without_a_password(admin):
    new = {"username": "builds", "is_bot": "on", "usable_password": "true"}
    assert admin.post("/admin/accounts/user/add/", new).status_code == 302
    builds = User.objects.get(username="builds")
    assert builds.is_bot
    assert not builds.has_usable_password()
    page = admin.get(f"/admin/accounts/user/{builds.pk}/change/").text
    assert "a bot signs in with a token" in page


def test_a_person_still_needs_a_password(admin):
    new = {"username": "builds", "usable_password": "true"}
    errors = admin.post("/admin/accounts/user/add/", new).context["adminform"].form.errors
    assert errors.keys() == {"password1", "password2"}


def test_the_admin_creates_the_token_of_a_bot_and_shows_it_once(admin, echo):
    page = admin.post(ADD, {"user": echo.pk, "name": "server", "scope": "write"})
    secret = page.context["token"].secret
    assert secret in page.text
    assert "no-store" in page.headers["Cache-Control"]
    me = Client().get("/api/me", headers=bearer(secret))
    assert me.json()["username"] == "echo"
    assert secret not in admin.get("/admin/accounts/token/", follow=True).text


def test_the_admin_does_not_create_tokens_of_people(admin, alice):
    page = admin.post(ADD, {"user": alice.pk, "name": "server", "scope": "write"})
    assert page.context["adminform"].form.errors["user"]
    assert not Token.objects.exists()


def test_staff_need_the_permission(client, alice, echo):
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    page = client.post(ADD, {"user": echo.pk, "name": "server", "scope": "write"})
    assert page.status_code == 403
    assert not Token.objects.exists()


def test_others_see_that_it_is_a_bot(client, alice, echo):
    general = rooms.create(alice, "General")
    memberships.join(echo, general.pk)
    _, secret = Token.objects.issue(echo, "server", Token.Scope.WRITE)
    new = {"client_id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "body": "hi"}
    url = f"/api/rooms/{general.pk}/messages"
    message = client.post(url, new, "application/json", headers=bearer(secret)).json()
    assert message["author"]["bot"] is True
    client.force_login(alice)
    assert message_html.BOT.format("bot") in client.get(f"/rooms/{general.pk}/").text
    assert "@echo · bot" in client.get(f"/rooms/{general.pk}/members/").text
