"""Addresses, which one may have, and change."""

import re

import pytest
from allauth.account.models import EmailAddress

from .conftest import confirm, sent

pytestmark = pytest.mark.django_db
PAGE = "/accounts/email/"


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    confirm(client)
    return client


def addresses(user) -> set[str]:
    return set(EmailAddress.objects.filter(user=user).values_list("email", flat=True))


def test_it_is_changed_once_the_password_is_typed_again(client, alice):
    client.force_login(alice)
    response = client.post(PAGE, {"action_add": "", "email": "new@example.org"})
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "new@example.org" not in addresses(alice)


def test_one_is_added_and_verified(as_alice, alice):
    as_alice.post(PAGE, {"action_add": "", "email": "new@example.org"})
    path = re.search(r"http://testserver(/\S+)", sent()[-1].body)[1]
    assert "Is this your address?" in as_alice.get(path).text
    as_alice.post(path)
    assert EmailAddress.objects.get(user=alice, email="new@example.org").verified


def test_a_link_that_does_not_work(as_alice):
    page = as_alice.get("/accounts/confirm-email/made-up/").text
    assert "This link does not work any more" in page


def test_one_is_removed(as_alice, alice):
    EmailAddress.objects.create(user=alice, email="old@example.org")
    as_alice.post(PAGE, {"action_remove": "", "email": "old@example.org"})
    assert "old@example.org" not in addresses(alice)


@pytest.mark.parametrize("email", ["", "nonsense", "alice@example.org"])
def test_what_is_not_added(as_alice, alice, email):
    as_alice.get(PAGE)
    response = as_alice.post(PAGE, {"action_add": "", "email": email})
    assert response.context["form"].errors["email"]
