import pytest

from chat.models import Membership, Room
from chat.services import memberships, rooms
from tests.chat.factories import post_message


@pytest.fixture
def api(client, alice):
    client.force_login(alice)
    return client


def post(api, body, status: int) -> dict:
    response = api.post("/api/rooms", body, content_type="application/json")
    assert response.status_code == status
    return response.json()


def test_the_list_has_only_the_rooms_of_the_user(api, alice, bob, charlie, general, den):
    rooms.create(charlie, "Not mine")
    direct = rooms.direct(alice, [bob.pk])
    post_message(bob, general)
    post_message(bob, general)
    memberships.mark_read(alice, general.pk, 1)
    assert api.get("/api/rooms").json() == {
        "rooms": [
            {"id": direct.pk, "name": "Bob", "kind": "direct", "head": 0, "read": 0},
            {"id": den.pk, "name": "Den", "kind": "private", "head": 0, "read": 0},
            {"id": general.pk, "name": "General", "kind": "public", "head": 2, "read": 1},
        ]
    }


def test_the_list_may_be_empty(api):
    assert api.get("/api/rooms").json() == {"rooms": []}


@pytest.mark.parametrize(("private", "kind"), [(False, "public"), (True, "private")])
def test_the_api_creates_a_room(api, alice, private, kind):
    room = post(api, {"name": " Town hall ", "private": private}, 201)
    created = Room.objects.get()
    assert room == {"id": created.pk, "name": "Town hall", "kind": kind, "head": 0, "read": 0}
    assert Membership.objects.get(room=created, user=alice).is_owner


def test_a_room_is_public_by_default(api):
    assert post(api, {"name": "Town hall"}, 201)["kind"] == "public"


def test_the_same_people_get_the_same_direct_conversation(api, bob):
    room = post(api, {"direct": [bob.pk]}, 201)
    assert (room["kind"], room["name"]) == ("direct", "Bob")
    assert post(api, {"direct": [bob.pk, bob.pk]}, 201) == room


@pytest.mark.parametrize("name", ["", "  ", "GENERAL", "n" * 61, None])
def test_an_invalid_name_is_refused(api, general, name):
    assert post(api, {"name": name}, 422)["detail"].endswith(".")
    assert Room.objects.count() == 1


@pytest.mark.parametrize("direct", [[], list(range(10**6, 10**6 + 20))])
def test_too_few_or_too_many_people_are_refused(api, direct):
    assert "2 to 12 people" in post(api, {"direct": direct}, 422)["detail"]


def test_a_missing_user_returns_404(api):
    post(api, {"direct": [10**9]}, 404)


@pytest.mark.parametrize(
    "body",
    [[], {"name": 7}, {"name": "x", "private": "maybe"}, {"direct": ["bob"]}, {"direct": [-1]},
     {"direct": [2**63]}, {"direct": 7}],
)  # fmt: skip
def test_a_body_of_the_wrong_shape_is_refused(api, body):
    post(api, body, 422)
    assert not Room.objects.exists()
