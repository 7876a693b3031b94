import re
from itertools import islice

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from chat.models import Room
from chatsite.accounts import usernames
from chatsite.accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db


def sign_up(client, username, password=PASSWORD, **more):
    data = {"username": username, "password1": password, **more}
    return client.post(reverse("account_signup"), data)


def test_a_new_user_is_signed_in(client):
    response = sign_up(client, "Charlie")
    charlie = User.objects.get(username="Charlie")
    assert response.headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(charlie.pk)
    assert charlie.name == "Charlie"


def test_an_address_is_optional(client):
    sign_up(client, "charlie", email="Charlie@example.org")
    assert EmailAddress.objects.get(user__username="charlie").email == "charlie@example.org"


@pytest.mark.parametrize("name", ["alice", "Alice", "ALICE"])
def test_a_name_is_taken_in_any_case(client, alice, name):
    response = sign_up(client, name)
    assert "That username is taken. Choose another one." in response.text
    assert User.objects.count() == 1


def test_the_database_refuses_a_name_in_another_case(alice):
    with pytest.raises(IntegrityError):
        User.objects.create_user("ALICE")


@pytest.mark.parametrize(
    "name",
    ["", " ", "two words", "a@b", "-al", "al.", "alïce", "bo\u017f", "\u212aim", "a\nb", "a" * 31],
)
def test_invalid_usernames_are_refused(client, name):
    assert sign_up(client, name).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["", "short1!", "password123", "charlie1"])
def test_a_weak_password_is_refused_and_the_name_kept(client, password):
    response = sign_up(client, "charlie", password)
    assert response.context["form"].errors["password1"]
    assert 'value="charlie"' in response.text
    assert not User.objects.exists()


def test_new_users_join_the_default_rooms(client):
    general = Room.objects.create(name="General", is_default=True)
    Room.objects.create(name="Side")
    sign_up(client, "charlie")
    User.objects.create_superuser("admin", password=PASSWORD)
    assert set(general.memberships.values_list("user__username", flat=True)) == {"charlie", "admin"}
    assert list(Room.objects.filter(memberships__user__username="charlie")) == [general]


def test_many_sign_ups_from_one_address_are_limited(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    for name in ("dora", "emil", "frida"):
        client.logout()
        response = sign_up(client, name)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert "Too many requests" in response.text
    assert not User.objects.filter(username="frida").exists()
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert sign_up(elsewhere, "frida").status_code == 302


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Charlie", "charlie"),
        ("Mary Ann", "mary-ann"),
        ("  Mary   Ann ", "mary-ann"),
        ("Zoë Müller", "zoe-muller"),
        ("李明", "liming"),
        ("Наташа", "natasha"),
        ("محمد", "mhmd"),
        ("Jean-Luc O'Neill", "jean-luc-o-neill"),
        ("🏺", "amphora"),
        ("R2-D2", "r2-d2"),
        ("x" * 60, "x" * 24),
    ],
)
def test_the_username_is_made_from_a_name_in_any_script(client, name, username):
    assert sign_up(client, "", name=name).headers["Location"] == "/"
    charlie = User.objects.get()
    assert (charlie.name, charlie.username) == (" ".join(name.split()), username)
    assert f"Your username is @{username}." in client.get("/").text
    assert "Your username is" not in client.get("/").text  # once


def test_a_username_that_is_taken_gets_a_number(client, alice):
    User.objects.create_user("charlie", name="Someone")
    User.objects.create_user("bob", name="Charlie2")
    sign_up(client, "", name="Charlie!")
    assert User.objects.get(name="Charlie!").username == "charlie3"


def test_many_people_get_names_made_from_one_name():
    User.objects.bulk_create(User(username=name) for name in islice(usernames.candidates("X"), 20))
    assert re.fullmatch(r"x\d{6}", usernames.free("X"))


def test_a_name_and_a_username_are_both_kept(client):
    sign_up(client, "chas", name="Charlie Brown")
    assert User.objects.get(username="chas").name == "Charlie Brown"


@pytest.mark.parametrize("name", ["Alice", "ALICE", "Аlice"])
def test_a_display_name_that_looks_like_another_is_refused(client, alice, name):
    response = sign_up(client, "", name=name)
    assert "name" in response.context["form"].errors
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\u202eb", "a\0b", "\u3164"])
def test_an_invalid_display_name_is_refused(client, name):
    response = sign_up(client, "", name=name)
    assert response.context["form"].errors
    assert "autofocus" in response.text.partition("aria-invalid")[2]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Asia/Calcutta", "Asia/Calcutta"),  # an old name, which browsers still send
        ("", ""),
        ("Etc/UTC", ""),  # no place
        ("Mars/Olympus", ""),
        ("../../etc/passwd", ""),
        ("europe/berlin", ""),
        ("x" * 100_000, ""),
    ],
)
def test_only_a_known_time_zone_is_kept(client, sent, kept):
    sign_up(client, "charlie", time_zone=sent)
    assert User.objects.get(username="charlie").time_zone == kept
