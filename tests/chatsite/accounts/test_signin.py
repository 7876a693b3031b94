import re

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.urls import reverse

from chatsite import settings as site
from chatsite.accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client, login="alice", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.org"])
def test_a_username_in_any_case_or_an_address_signs_in(client, alice, login):
    assert sign_in(client, login).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_signing_in_leads_to_the_requested_page(client, alice):
    wanted = client.get("/accounts/devices/").headers["Location"]
    assert wanted == "/accounts/login/?next=/accounts/devices/"
    response = client.post(wanted, {"login": "alice", "password": PASSWORD})
    assert response.headers["Location"] == "/accounts/devices/"


def test_signing_in_never_leads_to_another_site(client, alice):
    assert sign_in(client, next="https://evil.example/").headers["Location"] == "/"


@pytest.mark.parametrize(("login", "password"), [("alice", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password_shows_an_error_and_keeps_the_name(client, alice, login, password):
    response = sign_in(client, login, password)
    assert response.status_code == 200
    assert "Wrong username or password." in response.text
    assert f'value="{login}"' in response.text
    assert password not in response.text
    assert "_auth_user_id" not in client.session


def test_a_deactivated_user_sees_the_reason(client, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    response = sign_in(client)
    assert response.headers["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session
    assert "This account is deactivated" in client.get(reverse("account_inactive")).text


def test_many_failures_are_limited(client, alice):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert "Too many failed attempts" in sign_in(client).text


def test_failures_from_other_addresses_do_not_lock_the_owner_out(client, alice):
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(6):
        response = sign_in(elsewhere, password="wrong")
    assert "Too many failed attempts" in response.text
    assert sign_in(client).status_code == 302


def test_signing_in_changes_the_session_key(client, alice):
    client.get(LOGIN)
    session = client.session
    session["colour"] = "blue"
    session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize(("more", "kept"), [({}, False), ({"remember": "on"}, True)])
def test_staying_signed_in_is_optional(client, alice, more, kept):
    cookie = sign_in(client, **more).cookies["sessionid"]
    assert bool(cookie["max-age"]) is kept


def test_signing_in_needs_its_csrf_token(alice):
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_signing_out_asks_for_confirmation(client, alice):
    client.force_login(alice)
    assert "Sign out?" in client.get("/accounts/logout/").text
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/logout/").headers["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_a_signed_in_user_sees_no_form(client, alice):
    client.force_login(alice)
    assert client.get(LOGIN).headers["Location"] == "/"


def test_the_admin_uses_the_same_sign_in_page(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(LOGIN)


def test_passwords_are_hashed_with_bcrypt(settings):
    settings.PASSWORD_HASHERS = site.PASSWORD_HASHERS
    alice = User.objects.create_user("alice", password=PASSWORD)
    assert identify_hasher(alice.password).algorithm == "bcrypt_sha256"
    assert re.match(r"bcrypt_sha256\$\$2b\$12\$", alice.password)
    assert alice.check_password(PASSWORD)
