"""Changing a password, and getting in without it."""

import re

import pytest

from .conftest import PASSWORD, sent

pytestmark = pytest.mark.django_db
CHANGE, RESET = "/accounts/password/change/", "/accounts/password/reset/"
NEW = "battery staple 7"


def change(client, **fields):
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW} | fields
    return client.post(CHANGE, data)


def test_a_new_password(client, alice):
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
def test_what_does_not_change_it(client, alice, fields):
    client.force_login(alice)
    assert change(client, **fields).context["form"].errors
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def link(client) -> str:
    client.post(RESET, {"email": "alice@example.org"})
    path = re.search(r"http://testserver(/\S+)", sent()[-1].body)[1]
    return client.get(path).headers["Location"]


def test_a_forgotten_one_is_reset_by_mail(client, alice):
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
    assert "Send me another one" in response.text


def test_a_made_up_link_does_nothing(client, alice):
    assert client.get(f"{RESET}key/{alice.pk}-made-up/").context["token_fail"]


def test_the_message_has_the_link_and_the_name(client, alice):
    link(client)
    assert sent()[0].subject == "Chatsite: A new password"
    assert "Your username is alice." in sent()[0].body


def test_nobody_learns_which_addresses_are_known(client, alice):
    known = client.post(RESET, {"email": "alice@example.org"})
    unknown = client.post(RESET, {"email": "nobody@example.org"})
    assert known.headers["Location"] == unknown.headers["Location"]
    assert [message.to for message in sent()] == [["alice@example.org"]]
