"""The email addresses of an account."""

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


def test_changing_addresses_needs_the_password_again(client, alice):
    client.force_login(alice)
    response = client.post(PAGE, {"action_add": "", "email": "new@example.org"})
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "new@example.org" not in addresses(alice)


def test_an_address_is_added_and_confirmed(as_alice, alice):
    as_alice.post(PAGE, {"action_add": "", "email": "new@example.org"})
    path = re.search(r"http://testserver(/\S+)", sent()[-1].body)[1]
    assert "Confirm your address" in as_alice.get(path).text
    as_alice.post(path)
    assert EmailAddress.objects.get(user=alice, email="new@example.org").verified


def test_a_wrong_link_offers_a_new_one(as_alice):
    page = as_alice.get("/accounts/confirm-email/made-up/").text
    assert "This link is wrong or has expired" in page


def test_an_address_is_removed(as_alice, alice):
    EmailAddress.objects.create(user=alice, email="old@example.org")
    as_alice.post(PAGE, {"action_remove": "", "email": "old@example.org"})
    assert "old@example.org" not in addresses(alice)


@pytest.mark.parametrize("email", ["", "nonsense", "alice@example.org"])
def test_invalid_addresses_are_not_added(as_alice, alice, email):
    as_alice.get(PAGE)
    response = as_alice.post(PAGE, {"action_add": "", "email": email})
    assert response.context["form"].errors["email"]
