import pytest

import presence
from presence.mark_throttle import mark_throttle

pytestmark = pytest.mark.django_db
PAGE = "/accounts/profile/"


@pytest.fixture
def as_alice(client, alice):
    mark_throttle.clear()
    client.force_login(alice)
    return client


def test_the_display_name_changes(as_alice, alice):
    assert as_alice.post(PAGE, {"name": "Alice in Wonderland"}).headers["Location"] == PAGE
    alice.refresh_from_db()
    assert alice.name == "Alice in Wonderland"


def test_a_user_chooses_to_appear_offline(as_alice, alice):
    as_alice.get(PAGE)
    assert presence.is_online([alice.pk])
    as_alice.post(PAGE, {"name": "Alice", "appears_offline": "on"})
    mark_throttle.clear()
    as_alice.get(PAGE)
    assert not presence.is_online([alice.pk])
    as_alice.post(PAGE, {"name": "Alice"})
    as_alice.get(PAGE)
    assert presence.is_online([alice.pk])


def test_a_blank_name_is_the_username(as_alice, alice):
    as_alice.post(PAGE, {"name": " "})
    alice.refresh_from_db()
    assert alice.name == "alice"


@pytest.mark.parametrize("name", ["x" * 61, "Bob\u202eecila"])
def test_invalid_names_are_refused(as_alice, alice, name):
    assert as_alice.post(PAGE, {"name": name}).context["form"].errors["name"]
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_the_form_changes_nothing_else(as_alice, alice):
    as_alice.post(PAGE, {"name": "Alice", "username": "admin", "is_staff": "on"})
    alice.refresh_from_db()
    assert (alice.username, alice.is_staff) == ("alice", False)


def test_the_page_needs_a_signed_in_user(client):
    assert client.get(PAGE).headers["Location"].startswith("/accounts/login/")


def test_a_user_chooses_a_time_zone_or_none(as_alice, alice):
    for zone in ("America/Argentina/Buenos_Aires", ""):
        as_alice.post(PAGE, {"name": "Alice", "time_zone": zone})
        alice.refresh_from_db()
        assert alice.time_zone == zone


@pytest.mark.parametrize("zone", ["Mars/Olympus", "UTC", "x" * 65, "europe/berlin"])
def test_an_unknown_time_zone_is_refused(as_alice, alice, zone):
    response = as_alice.post(PAGE, {"name": "Changed", "time_zone": zone})
    assert "Select a valid choice" in response.text
    alice.refresh_from_db()
    assert (alice.name, alice.time_zone) == ("Alice", "")
