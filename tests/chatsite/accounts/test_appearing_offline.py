"""A user who appears offline is hidden from everybody, whatever they do and however they sign
in."""

import pytest
from django.test import Client

import presence
from chat.services import memberships, rooms
from chatsite.accounts.models import Token
from presence import history
from presence.models import LastSeen

from .conftest import PASSWORD, basic, bearer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nobody_online")]


@pytest.fixture
def general(bob):
    return rooms.create(bob, "General")


@pytest.fixture
def hidden(alice, general):
    alice.appears_offline = True
    alice.save()
    memberships.join(alice, general.pk)
    return alice


@pytest.fixture(params=["session", "token", "password"])
def theirs(request, hidden):
    """Returns the browser or program of a user who appears offline."""
    if request.param == "token":
        return Client(headers=bearer(Token.objects.issue(hidden, "laptop", "write")[1]))
    if request.param == "password":
        return Client(headers=basic("alice", PASSWORD))
    client = Client()
    client.force_login(hidden)
    return client


def test_no_page_and_no_call_shows_them(theirs, hidden, bob, general, client):
    room = f"/rooms/{general.pk}/"
    for path in ("/", "/online/", "/people/?q=bob", room, f"{room}members/"):
        assert theirs.get(path).status_code == 200
    for path in ("me", "users/online", f"users?ids={hidden.pk}", "rooms"):
        assert theirs.get(f"/api/{path}").status_code == 200
    assert theirs.post(f"{room}messages/", {"body": "a word"}).status_code == 302
    assert presence.online_user_ids() == set()
    history.write_last_seen()
    assert not LastSeen.objects.exists()
    client.force_login(bob)
    assert "@alice" not in client.get("/online/").text
    assert [user["username"] for user in online(client)] == ["bob"]
    (seen,) = client.get(f"/api/users?ids={hidden.pk}").json()["users"]
    assert (seen["online"], seen["last_activity"]) == (False, None)


def online(client) -> list[dict]:
    return client.get("/api/users/online").json()["users"]
