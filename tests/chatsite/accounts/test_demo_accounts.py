"""The password of the demo accounts is public, so nobody can use them outside development."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from chat.services import rooms
from chatsite import demo
from chatsite.accounts import bots
from chatsite.accounts.checks import check_accounts
from chatsite.accounts.models import Token, User
from chatsite.accounts.socket_auth import identify_by_session
from tests.chatsite.accounts.test_two_factor import STEP, code_of

from .conftest import basic, bearer, sent

pytestmark = pytest.mark.django_db
NEW = "battery staple 7"


@pytest.fixture
def production(settings):
    """production() does what the next start with DEBUG off does."""
    settings.DEBUG = True
    demo.load()

    def switch():
        settings.DEBUG = False

    return switch


@pytest.fixture
def admin(production):
    return User.objects.get(username="admin")


def sign_in(client, login="admin", password=demo.PASSWORD):
    return client.post("/accounts/login/", {"login": login, "password": password}, follow=True)


def is_signed_in(client, **headers) -> bool:
    return client.get("/api/me", **headers).status_code == 200


def test_demo_accounts_sign_in_in_development(client, admin):
    sign_in(client)
    assert is_signed_in(client)


@pytest.mark.parametrize("login", ["admin", "ADMIN", "admin@example.org", "joe"])
def test_the_password_is_refused(client, admin, production, login):
    EmailAddress.objects.create(user=admin, email="admin@example.org", verified=True)
    production()
    page = sign_in(client, login)
    assert "Demo accounts cannot sign in to this site." in page.text
    assert not is_signed_in(client)


def test_basic_is_refused_even_if_it_was_used_before(client, admin, production):
    headers = basic("admin", demo.PASSWORD)
    assert is_signed_in(client, headers=headers)
    production()
    assert not is_signed_in(client, headers=headers)


def test_a_token_is_refused(client, admin, production):
    headers = bearer(Token.objects.issue(admin, "laptop", "write")[1])
    assert is_signed_in(client, headers=headers)
    production()
    assert not is_signed_in(client, headers=headers)


def test_the_token_of_their_bot_is_refused(client, admin, production):
    room = rooms.create(admin, "Builds")
    headers = bearer(bots.create(admin, "robby", "Robby", room)[1])
    assert is_signed_in(client, headers=headers)
    production()
    assert not is_signed_in(client, headers=headers)


def test_an_open_session_is_refused(client, admin, production):
    client.force_login(admin)
    assert client.get("/admin/").status_code == 200
    production()
    assert not is_signed_in(client)
    assert client.get("/admin/").status_code == 302


def test_a_socket_is_refused(client, admin, production, rf):
    client.force_login(admin)
    request = rf.get("/ws/")
    request.session = client.session
    assert identify_by_session(request).user == admin
    production()
    with pytest.raises(Exception, match="Sign in first"):
        identify_by_session(request)


def test_passkeys_and_second_steps_are_refused(client, admin, production):
    secret = generate_totp_secret()
    TOTP.activate(admin, secret)
    assert sign_in(client).redirect_chain[-1][0] == STEP
    production()
    client.post(STEP, {"code": code_of(secret)})
    assert "_auth_user_id" not in client.session


def test_a_password_reset_is_refused(client, admin, production):
    EmailAddress.objects.create(user=admin, email="admin@example.org", verified=True)
    reset = reverse("account_reset_password")
    client.post(reset, {"email": "admin@example.org"})
    (message,) = sent()
    body = message.body
    path = body[body.index("/accounts/password/reset/key/") :].split()[0]
    form = client.get(path).headers["Location"]
    production()
    assert client.post(form, {"password1": NEW, "password2": NEW}).context["token_fail"]
    assert client.get(path).context["token_fail"]
    Client().post(reset, {"email": "admin@example.org"})
    assert len(sent()) == 1


def test_other_users_are_not_affected(client, alice, production):
    production()
    assert is_signed_in(client, headers=basic("alice", "correct horse 9"))


def test_a_check_lists_them(admin, production):
    assert check_accounts() == []
    production()
    (warning,) = check_accounts()
    assert "admin, alex, joe, mary, pablo" in warning.msg
    assert "changepassword" in warning.hint


def test_a_check_is_silent_before_the_tables_exist(production, django_db_blocker, monkeypatch):
    production()
    monkeypatch.setattr(User._meta, "db_table", "no_such_table")
    assert check_accounts() == []


def test_a_command_deactivates_them(admin, production):
    bots.create(admin, "robby", "Robby", rooms.create(admin, "Builds"))
    production()
    call_command("demo", "--deactivate")
    assert not User.objects.filter(is_active=True).exists()
    assert check_accounts() == []


def test_only_the_new_password_opens_a_kept_account(client, admin, production):
    """The password is set by `manage.py changepassword`. Anybody may have added tokens and
    passkeys."""
    bot, _ = bots.create(admin, "robby", "Robby", rooms.create(admin, "Builds"))
    TOTP.activate(admin, generate_totp_secret())
    EmailAddress.objects.create(user=admin, email="stranger@example.org", verified=True)
    Token.objects.issue(admin, "laptop", "write")
    production()
    admin.refresh_from_db()
    admin.set_password(NEW)
    admin.save()
    sign_in(client, password=NEW)
    assert is_signed_in(client)
    assert not Token.objects.exists()
    assert not Authenticator.objects.exists()
    assert not EmailAddress.objects.exists()
    bot.refresh_from_db()
    assert is_signed_in(client, headers=bearer(bots.renew_token(bot)))
    assert "admin" not in check_accounts()[0].msg


def test_a_new_password_in_development_does_not_change_a_demo_account(client, admin, production):
    admin.set_password(NEW)
    admin.save()
    production()
    sign_in(client, password=NEW)
    assert not is_signed_in(client)


def test_a_stronger_hash_of_the_same_password_changes_nothing(client, admin, production, settings):
    stronger = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    settings.PASSWORD_HASHERS = [stronger, *settings.PASSWORD_HASHERS]
    Token.objects.issue(admin, "laptop", "write")
    production()
    before = admin.password
    sign_in(client)
    admin.refresh_from_db()
    assert admin.password != before
    assert admin.is_demo
    assert Token.objects.exists()
