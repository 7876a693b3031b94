"""Changing and resetting a password."""

import re

import pytest

from .conftest import PASSWORD, sent

pytestmark = pytest.mark.django_db
CHANGE, RESET = "/accounts/password/change/", "/accounts/password/reset/"
NEW = "battery staple 7"


def change(client, **fields):
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW} | fields
    return client.post(CHANGE, data)


def test_a_new_password_replaces_the_old_one(client, alice):
    client.force_login(alice)
    assert change(client).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.parametrize(
    "fields",
    [
        {"oldpassword": "wrong"},
        {"password1": "short", "password2": "short"},
        {"password1": "password123", "password2": "password123"},
        {"password2": "another 7 words"},
    ],
)
def test_invalid_forms_do_not_change_the_password(client, alice, fields):
    client.force_login(alice)
    assert change(client, **fields).context["form"].errors
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def link(client) -> str:
    client.post(RESET, {"email": "alice@example.org"})
    path = re.search(r"http://testserver(/\S+)", sent()[-1].body)[1]
    return client.get(path).headers["Location"]


def test_a_forgotten_password_is_reset_by_mail(client, alice):
    url = link(client)
    assert client.post(url, {"password1": NEW, "password2": NEW}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_a_link_works_once(client, alice):
    url = link(client)
    client.post(url, {"password1": NEW, "password2": NEW})
    path = re.search(r"http://testserver(/\S+)", sent()[0].body)[1]
    response = client.get(path)
    assert response.context["token_fail"]
    assert "Send a new link" in response.text


def test_a_forged_link_does_nothing(client, alice):
    assert client.get(f"{RESET}key/{alice.pk}-made-up/").context["token_fail"]


def test_the_mail_has_the_link_and_the_username(client, alice):
    link(client)
    assert sent()[0].subject == "Chatsite: Reset your password"
    assert "Your username is alice." in sent()[0].body


def test_the_page_does_not_reveal_which_addresses_are_known(client, alice):
    known = client.post(RESET, {"email": "alice@example.org"})
    unknown = client.post(RESET, {"email": "nobody@example.org"})
    assert known.headers["Location"] == unknown.headers["Location"]
    assert [message.to for message in sent()] == [["alice@example.org"]]
