"""A mail has the language of its receiver."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from chatsite.accounts.models import User

from .conftest import PASSWORD, confirm, sent
from .test_languages import (
    CHINESE,
    ENGLISH,
    NEW,
    PASSWORDS,
    browser,
    choose,
    in_chinese,
    language_of,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    return User.objects.create_superuser("root", password=PASSWORD)


def mail_languages() -> list[str]:
    """Returns the languages of the mails that were sent, by their HTML."""
    pages = (content for message in sent() for content, _ in message.alternatives)
    return [re.search('<html lang="([^"]+)"', page)[1].lower() for page in pages]


def request_reset(client) -> None:
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})


def test_a_mail_has_the_language_of_the_receiver(alice, translate):
    subject = translate("Your password was changed")
    choose(alice, CHINESE)
    client = signed_in(alice, "en")
    confirm(client)
    client.post("/accounts/password/change/", PASSWORDS)
    assert mail_languages() == [CHINESE]
    assert subject in sent()[0].subject
    assert language_of(client.get("/")) == CHINESE


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        ("", "zh-CN", CHINESE),
        ("", "en", ENGLISH),
        (CHINESE, "en", CHINESE),
        (ENGLISH, "zh-CN", ENGLISH),
        ("xx", "zh-CN", CHINESE),
    ],
)
def test_a_mail_that_somebody_asks_for(alice, chosen, accepted, expected):
    choose(alice, chosen)
    request_reset(browser(accepted))
    client = signed_in(alice, accepted)
    confirm(client)
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})
    client.post("/accounts/devices/tokens/", {"name": "laptop", "scope": "read", "days": "30"})
    client.post("/accounts/delete/", {"username": "alice"})
    assert mail_languages() == [expected] * 4


def test_a_new_person_gets_a_mail_in_the_language_of_the_browser():
    new = {"username": "bob", "email": "bob@example.org", "password1": PASSWORD}
    browser("zh-CN").post("/accounts/signup/", new)
    assert mail_languages() == [CHINESE]


@pytest.mark.parametrize(("chosen", "expected"), [("", ENGLISH), (CHINESE, CHINESE)])
def test_a_mail_that_an_admin_causes(alice, admin, chosen, expected):
    choose(alice, chosen)
    choose(admin, CHINESE if expected == ENGLISH else ENGLISH)
    TOTP.activate(alice, generate_totp_secret())
    client = signed_in(admin, "en")
    new = {"usable_password": "true", "password1": NEW, "password2": NEW}
    client.post(f"/admin/accounts/user/{alice.pk}/password/", new)
    pk = Authenticator.objects.get().pk
    client.post(f"/admin/mfa/authenticator/{pk}/delete/", {"post": "yes"})
    client.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert mail_languages() == [expected] * 3
    kind = "TOTP Authenticator"
    assert (in_chinese(kind) if expected == CHINESE else kind) in sent()[1].body


@pytest.mark.parametrize(("chosen", "expected"), [("", ENGLISH), (CHINESE, CHINESE)])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_mail_about_an_address_that_a_stranger_entered(alice, chosen, expected, is_signed_in):
    choose(alice, chosen)
    accepted = "zh-CN" if expected == ENGLISH else "en"
    if is_signed_in:
        client = signed_in(User.objects.create_user("bob", password=PASSWORD), accepted)
        confirm(client)
        client.post("/accounts/email/", {"action_add": "", "email": "alice@example.org"})
    else:
        new = {"username": "bob", "email": "alice@example.org", "password1": PASSWORD}
        browser(accepted).post("/accounts/signup/", new)
    assert [message.to for message in sent()] == [["alice@example.org"]]
    assert mail_languages() == [expected]


def test_somebody_else_who_is_signed_in_asks_for_a_reset(alice):
    request_reset(signed_in(User.objects.create_user("bob"), "zh-CN"))
    assert mail_languages() == [ENGLISH]


def test_a_mail_leaves_the_language_of_its_page_as_it_is(alice, admin):
    choose(alice, CHINESE)
    new = {"usable_password": "true", "password1": NEW, "password2": NEW}
    response = signed_in(admin, "en").post(f"/admin/accounts/user/{alice.pk}/password/", new)
    assert mail_languages() == [CHINESE]
    assert response.headers["Content-Language"] == ENGLISH


def test_an_address_that_nobody_confirmed_has_no_owner(alice):
    choose(alice, CHINESE)
    EmailAddress.objects.update(verified=False)
    new = {"username": "bob", "email": "alice@example.org", "password1": PASSWORD}
    browser("en").post("/accounts/signup/", new)
    assert mail_languages() == [ENGLISH]
