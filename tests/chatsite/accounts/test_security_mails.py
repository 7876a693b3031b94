"""Mails about changes to how a user signs in."""

import logging

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from chat.services import rooms
from chatsite.accounts import bots, mailer
from chatsite.accounts.models import Token, User

from .conftest import PASSWORD, bearer, confirm, sent
from .test_two_factor import code_of

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "battery staple 7"
PASSWORDS = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
CHANGE, PAGE = "/accounts/password/change/", "/accounts/email/"


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    confirm(client)
    return client


@pytest.fixture
def admin(db):
    admin = Client()
    admin.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return admin


def subjects() -> list[str]:
    return [message.subject.removeprefix("Chatsite: ") for message in sent()]


def recipients() -> list[str]:
    return [message.to[0] for message in sent()]


def test_a_changed_password_sends_a_mail(browser):
    browser.post(CHANGE, PASSWORDS)
    assert subjects() == ["Your password was changed"]
    assert "/accounts/password/reset/" in sent()[0].body


def reset(client) -> None:
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    body = sent()[-1].body
    path = body[body.index("/accounts/password/reset/key/") :].split()[0]
    form = client.get(path).headers["Location"]
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302


def test_a_reset_password_revokes_everything(client, alice, token):
    bot_token = bots.create(alice, "robby", "Robby", rooms.create(alice, "Builds"))[1]
    elsewhere = Client()
    elsewhere.force_login(alice)
    elsewhere.get("/api/me")
    reset(client)
    assert subjects() == ["Reset your password", "Your password was reset"]
    assert not Token.objects.exists()
    assert elsewhere.get("/api/me").status_code == 401
    for secret in (token, bot_token):
        assert Client().get("/api/me", headers=bearer(secret)).status_code == 401


@pytest.mark.parametrize(("more", "kept"), [({"revoke_tokens": "on"}, False), ({}, True)])
def test_a_changed_password_revokes_tokens_if_chosen(browser, token, more, kept):
    assert browser.get(CHANGE).context["form"]["revoke_tokens"].initial is True
    browser.post(CHANGE, PASSWORDS | more)
    assert (browser.get("/api/me", headers=bearer(token)).status_code == 200) is kept
    assert browser.get("/api/me").status_code == 200


def test_a_password_set_by_an_admin_is_a_reset(admin, alice, token):
    new = {"usable_password": "true", "password1": NEW, "password2": NEW}
    admin.post(f"/admin/accounts/user/{alice.pk}/password/", new)
    assert not Token.objects.exists()
    assert subjects() == ["Your password was changed"]
    assert "An administrator of the site" in sent()[0].body


def test_a_password_set_by_the_command_is_a_reset(alice, token):
    alice.set_password(NEW)
    alice.save()
    assert not Token.objects.exists()


def test_a_new_token_sends_a_mail(browser):
    browser.post("/accounts/devices/tokens/", {"name": "laptop", "scope": "read", "days": "30"})
    assert subjects() == ["A new API token"]
    assert "laptop (Read)" in sent()[0].body
    assert Token.objects.get().prefix not in sent()[0].body


def test_a_new_token_of_a_bot_sends_a_mail(browser, alice):
    room = rooms.create(alice, "Builds")
    browser.post("/accounts/bots/new/", {"username": "robby", "name": "R", "room": room.pk})
    browser.post(f"/accounts/bots/{User.objects.get(username='robby').pk}/token/")
    assert subjects() == ["A new API token"] * 2
    assert "robby" in sent()[0].body


def test_changes_of_the_authenticator_app_send_mails(browser, alice):
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    browser.post("/accounts/2fa/totp/deactivate/")
    assert "Your authenticator app is on" in subjects()
    assert "Your authenticator app is off" in subjects()


def test_a_second_step_that_an_admin_removes_sends_a_mail(admin, alice):
    TOTP.activate(alice, generate_totp_secret())
    pk = Authenticator.objects.get().pk
    admin.post(f"/admin/mfa/authenticator/{pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    assert subjects() == ["Two-factor sign-in was changed"]


def test_a_new_primary_address_sends_a_mail(browser, alice):
    EmailAddress.objects.create(user=alice, email="new@example.org", verified=True)
    browser.post(PAGE, {"action_primary": "", "email": "new@example.org"})
    assert recipients() == ["alice@example.org"]
    assert "It was alice@example.org" in sent()[0].body


def test_the_other_addresses_are_notified_of_a_new_one(browser, alice):
    browser.post(PAGE, {"action_add": "", "email": "new@example.org"})
    assert recipients() == ["new@example.org"]
    body = sent()[0].body
    browser.post(body[body.index("/accounts/confirm-email/") :].split()[0])
    assert recipients() == ["new@example.org", "alice@example.org"]
    assert "new@example.org was added" in sent()[1].body


def test_a_removed_address_is_notified_too(browser, alice):
    EmailAddress.objects.create(user=alice, email="old@example.org", verified=True)
    browser.post(PAGE, {"action_remove": "", "email": "old@example.org"})
    assert sorted(recipients()) == ["alice@example.org", "old@example.org"]


def test_no_mail_goes_to_an_unconfirmed_address(browser, alice):
    EmailAddress.objects.filter(user=alice).update(verified=False)
    browser.post(CHANGE, PASSWORDS)
    assert sent() == []


def test_every_mail_uses_the_texts_of_the_site(browser, alice):
    browser.post(CHANGE, PASSWORDS)
    assert "example.com" not in sent()[0].body
    assert sent()[0].body.rstrip().endswith("Chatsite, testserver")


def test_a_mail_server_that_is_away_fails_no_page(browser, alice, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with caplog.at_level(logging.ERROR, "chatsite.accounts.mailer"):
        assert browser.post(CHANGE, PASSWORDS).status_code == 302
        mailer.pool.submit(int).result()
    assert "Check EMAIL_URL" in caplog.text
    assert "alice@" not in caplog.text


def test_the_number_of_waiting_mails_is_limited(alice, monkeypatch, caplog):
    while mailer.free_places.acquire(blocking=False):
        pass
    try:
        mailer.send(None)
    finally:
        for _ in range(mailer.QUEUED_MAX):
            mailer.free_places.release()
    assert "dropped" in caplog.text
