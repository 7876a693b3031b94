"""Bots that the owner of a room creates for it."""

import pytest
from django.db.models.signals import pre_save
from django.test import Client

from chat.models import Room
from chat.services import archiving, memberships, room_deletion, rooms
from chatsite.accounts import bots
from chatsite.accounts.models import Token, User

from .conftest import PASSWORD, bearer, confirm

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, NEW = "/accounts/bots/", "/accounts/bots/new/"


@pytest.fixture
def den(alice):
    return rooms.create(alice, "Den", private=True)


@pytest.fixture
def browser(alice, den):
    """Alice's browser; she has just confirmed her password."""
    browser = Client()
    browser.force_login(alice)
    confirm(browser)
    return browser


@pytest.fixture
def echo(alice, den):
    return bots.create(alice, "echo", "Echo", den)[0]


def create(browser, den, **more):
    return browser.post(NEW, {"username": "echo", "name": "Echo", "room": den.pk, **more})


def posting(secret, room) -> int:
    """Returns the status of a post with the token."""
    new = {"client_id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "body": "hi"}
    url = f"/api/rooms/{room.pk}/messages"
    return Client().post(url, new, "application/json", headers=bearer(secret)).status_code


def test_a_bot_is_created_for_a_room_and_its_token_shown_once(browser, alice, den):
    page = create(browser, den)
    secret = page.context["secret"]
    assert secret in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in browser.get(PAGE).text
    echo = User.objects.get(username="echo")
    assert (echo.is_bot, echo.owner, echo.has_usable_password()) == (True, alice, False)
    assert posting(secret, den) == 201
    assert "Echo" in browser.get(PAGE).text


def test_a_bot_is_in_no_other_room(browser, den, bob):
    rooms.create(bob, "Open to all")
    Room.objects.create(name="General", is_default=True)
    create(browser, den)
    assert list(Room.objects.filter(memberships__user__username="echo")) == [den]


def test_only_owned_rooms_can_have_bots(browser, alice, bob, den):
    theirs = rooms.create(bob, "Cellar")
    memberships.join(alice, theirs.pk)
    direct = rooms.direct(alice, [bob.pk])
    for room in (theirs, direct):
        assert create(browser, room).context["form"].errors["room"]
    assert not User.objects.filter(is_bot=True).exists()


def test_an_archived_room_cannot_have_a_new_bot(browser, alice, den):
    archiving.archive(alice, den.pk)
    assert create(browser, den).context["form"].errors["room"]
    assert not User.objects.filter(is_bot=True).exists()


@pytest.mark.parametrize("change", [archiving.archive, room_deletion.delete])
def test_a_room_may_be_archived_or_deleted_meanwhile(browser, alice, den, change):
    def create_first(**kwargs):
        change(alice, den.pk)

    pre_save.connect(create_first, sender=User)
    try:
        page = create(browser, den)
    finally:
        pre_save.disconnect(create_first, sender=User)
    assert "archived or deleted" in page.context["form"].errors["room"][0]
    assert not User.objects.filter(is_bot=True).exists()


def test_a_user_without_a_room_sees_what_to_do(client, bob):
    client.force_login(bob)
    page = client.get(PAGE).text
    assert "rooms that you own" in page
    assert "Create a bot" not in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "two words"}, "username"),
        ({"username": "alice"}, "__all__"),
        ({"username": "ALICE"}, "__all__"),
        ({"name": "Bob\u202eecila"}, "name"),
        ({"room": ""}, "room"),
    ],
)
def test_invalid_bots_are_refused(browser, den, wrong, field):
    assert create(browser, den, **wrong).context["form"].errors.keys() == {field}
    assert not User.objects.filter(is_bot=True).exists()


def test_the_form_sets_nothing_else(browser, den):
    create(browser, den, is_staff="on", is_superuser="on", is_bot="")
    echo = User.objects.get(username="echo")
    assert (echo.is_bot, echo.is_staff, echo.is_superuser) == (True, False, False)


def test_two_bots_with_one_name_at_the_same_moment(browser, den):
    def create_first(**kwargs):
        User.objects.bulk_create([User(username="Echo")])

    pre_save.connect(create_first, sender=User)
    try:
        page = create(browser, den)
    finally:
        pre_save.disconnect(create_first, sender=User)
    assert page.context["form"].errors["username"] == [
        "That username is taken. Choose another one."
    ]


def test_the_number_of_bots_is_limited(browser, alice, den):
    for number in range(bots.BOTS_MAX):
        bots.create(alice, f"echo{number}", "", den)
    assert "Deactivate one of them first" in create(browser, den).text
    bots.deactivate(bots.owned_by(alice).first())
    assert "secret" in create(browser, den).context


def test_creating_a_bot_needs_the_password_again(alice, den):
    browser = Client()
    browser.force_login(alice)
    asked = create(browser, den)
    assert not User.objects.filter(is_bot=True).exists()
    page = browser.post(asked.headers["Location"], {"password": PASSWORD})
    assert posting(page.context["secret"], den) == 201


def test_a_new_token_replaces_the_old_one(browser, den):
    old = create(browser, den).context["secret"]
    echo = User.objects.get(username="echo")
    new = browser.post(f"{PAGE}{echo.pk}/token/").context["secret"]
    assert posting(old, den) == 401
    assert posting(new, den) == 201
    assert Token.objects.count() == 1


def test_a_bot_is_deactivated(browser, den):
    secret = create(browser, den).context["secret"]
    echo = User.objects.get(username="echo")
    assert "Echo was deactivated." in browser.post(f"{PAGE}{echo.pk}/close/", follow=True).text
    assert posting(secret, den) == 401
    assert "No bots yet." in browser.get(PAGE).text


def test_a_bot_is_deactivated_with_its_owner(alice, den):
    _, secret = bots.create(alice, "echo", "Echo", den)
    alice.is_active = False
    alice.save()
    assert posting(secret, den) == 401
    assert not User.objects.get(username="echo").is_active


def test_other_users_cannot_change_it(client, bob, echo):
    bob.set_password(PASSWORD)
    bob.save()
    client.force_login(bob)
    confirm(client)
    assert "@echo" not in client.get(PAGE).text
    for verb in ("token", "close"):
        assert client.post(f"{PAGE}{echo.pk}/{verb}/").status_code == 404
    echo.refresh_from_db()
    assert echo.is_active


def test_get_requests_change_nothing(browser, echo):
    for path in (NEW, f"{PAGE}{echo.pk}/token/", f"{PAGE}{echo.pk}/close/"):
        assert browser.get(path).status_code == 405


def test_the_page_needs_a_signed_in_user(client, echo):
    assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")
    assert client.post(f"{PAGE}{echo.pk}/close/").headers["Location"].startswith("/accounts/login/")


def test_the_admin_shows_the_owner_of_a_bot(admin_client, echo):
    page = admin_client.get(f"/admin/accounts/user/{echo.pk}/change/")
    assert page.context["adminform"].readonly_fields[0] == "owner"
    assert "Alice" in page.text or "alice" in page.text


def test_a_bot_stops_with_its_owner_even_without_signals(alice, den, echo):
    secret = bots.renew_token(echo)
    User.objects.filter(pk=alice.pk).update(is_active=False)  # without signals
    assert posting(secret, den) == 401
    assert not Token.objects.valid_ids([echo.tokens.get().pk])
