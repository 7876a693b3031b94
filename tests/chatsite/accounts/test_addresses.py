"""An address counts only after it was confirmed by email; nobody can find out which ones are
known."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from chatsite.accounts.adapter import AccountAdapter
from chatsite.accounts.models import User

from .conftest import PASSWORD, basic, confirm, sent

pytestmark = pytest.mark.django_db
SIGN_UP, RESET, PAGE = "/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"
ADDRESS = "bob@example.org"


def sign_up(username, email=ADDRESS, client=None):
    client = client or Client()
    data = {"username": username, "email": email, "password1": PASSWORD}
    return client.post(SIGN_UP, data), client


def link(message) -> str:
    return re.search(r"http://testserver(/accounts/\S+)", message.body)[1]


def confirmed(email=ADDRESS) -> list[str]:
    found = EmailAddress.objects.filter(email=email, verified=True)
    return list(found.values_list("user__username", flat=True))


def signs_in(login) -> bool:
    return Client().get("/api/me", headers=basic(login, PASSWORD)).status_code == 200


def test_an_unconfirmed_address_neither_signs_in_nor_resets(client):
    sign_up("squatter")
    assert len(sent()) == 1
    assert not signs_in(ADDRESS)
    client.post(RESET, {"email": ADDRESS})
    assert len(sent()) == 1


def test_an_address_of_createsuperuser_is_unconfirmed():
    User.objects.create_superuser("root", ADDRESS, PASSWORD)
    assert not signs_in(ADDRESS)
    assert signs_in("root")


def test_an_unconfirmed_address_is_removed_when_its_owner_confirms_it():
    sign_up("squatter")
    EmailAddress.objects.filter(user__username="squatter").update(email=ADDRESS)
    sent().clear()
    _, client = sign_up("bob", "second@example.org")
    confirm(client)
    client.post(PAGE, {"action_add": "", "email": ADDRESS})
    client.post(link(sent()[-1]))
    assert confirmed() == ["bob"]
    assert signs_in(ADDRESS)
    squatter = User.objects.get(username="squatter")
    assert not EmailAddress.objects.filter(user=squatter).exists()
    assert squatter.email == ""


def test_the_first_user_to_confirm_an_address_gets_it():
    browsers, links = [], []
    for name in ("one", "two", "three"):
        _, browser = sign_up(name, f"{name}@example.org")
        EmailAddress.objects.filter(user__username=name).update(email=ADDRESS)
        browsers.append(browser)
        links.append(link(sent()[-1]))
    browsers[1].post(links[1])
    browsers[0].post(links[0])
    assert confirmed() == ["two"]
    assert EmailAddress.objects.filter(email=ADDRESS).count() == 1


@pytest.mark.parametrize("typed", ["BOB@Example.ORG", " bob@example.org ", "bob@ｅxample.org"])
def test_spellings_of_one_address_are_the_same(client, typed):
    _, browser = sign_up("bob", typed)
    assert EmailAddress.objects.get().email == ADDRESS
    browser.post(link(sent()[-1]))
    assert signs_in(ADDRESS)
    client.post(RESET, {"email": typed})
    assert sent()[-1].to == [ADDRESS]
    assert "/password/reset/key/" in sent()[-1].body


@pytest.mark.parametrize("email", ["bob@exämple.org", "bøb@example.org"])
def test_an_address_that_only_looks_similar_is_a_different_one(client, alice, email):
    EmailAddress.objects.create(user=alice, email=ADDRESS, verified=True)
    before = len(sent())
    client.post(RESET, {"email": email})
    assert len(sent()) == before


def test_signing_up_looks_the_same_with_a_known_address(alice):
    known, known_browser = sign_up("one", "alice@example.org")
    (to_owner,) = sent()
    unknown, unknown_browser = sign_up("two", "unknown@example.org")
    for one, other in ((known, unknown), (known_browser.get("/"), unknown_browser.get("/"))):
        assert one.status_code == other.status_code
        assert one.headers.get("Location") == other.headers.get("Location")
    pages = [browser.get(PAGE).text for browser in (known_browser, unknown_browser)]
    for page in pages:
        assert "Not confirmed" in page
    assert to_owner.to == ["alice@example.org"]
    assert to_owner.subject == "Chatsite: You already have an account"
    assert "confirm-email" not in to_owner.body
    assert confirmed("alice@example.org") == ["alice"]


def test_adding_an_address_looks_the_same_if_it_is_known(alice):
    _, browser = sign_up("bob")
    confirm(browser)
    responses = [
        browser.post(PAGE, {"action_add": "", "email": email})
        for email in ("alice@example.org", "unknown@example.org")
    ]
    assert {(a.status_code, a.headers["Location"]) for a in responses} == {(302, PAGE)}
    assert [m.subject.removeprefix("Chatsite: ") for m in sent()[-2:]] == [
        "You already have an account",
        "Confirm your address",
    ]


def test_a_reset_does_the_same_for_known_and_unknown_addresses(alice, monkeypatch):
    closed = User.objects.create_user("closed", is_active=False)
    EmailAddress.objects.create(user=closed, email="closed@example.org", verified=True)
    made = []
    make = AccountAdapter.make_mail
    monkeypatch.setattr(AccountAdapter, "make_mail", lambda *args: made.append(args) or make(*args))
    pages = []
    for email in ("alice@example.org", "nobody@example.org", "closed@example.org"):
        response = Client().post(RESET, {"email": email})
        pages.append((response.status_code, response.headers["Location"]))
    assert len(set(pages)) == 1
    assert len(made) == 3
    assert [message.to for message in sent()] == [["alice@example.org"]]
