import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from chat import users
from chat.models import Room
from chat.rendering.message_html import FACES
from chat.services import memberships, rooms
from presence.models import LastSeen
from presence.socket_tracker import AWAY_SECONDS, SocketTracker

NOT_FOUND = HTTPStatus.NOT_FOUND
REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def board(alice):
    return rooms.create(alice, "Board", private=True)


def members(room):
    return set(room.memberships.values_list("user__username", flat=True))


def test_a_new_room_opens(as_alice, alice):
    response = as_alice.post("/rooms/new/", {"name": "  Garden  "})
    room = Room.objects.get()
    assert response.url == f"/rooms/{room.pk}/"
    assert (room.name, room.kind) == ("Garden", Room.Kind.PUBLIC)


@pytest.mark.parametrize("path", ["/rooms/new/", "/rooms/{}/name/"])
def test_the_error_of_a_topic_is_shown_at_the_topic(as_alice, board, path):
    data = {"name": "Good name", "topic": "a\u202eb"}
    html = as_alice.post(path.format(board.pk), data).text
    name, topic = (re.search(f'<input[^>]*name="{field}"[^>]*>', html)[0] for field in data)
    assert "aria-invalid" not in name
    assert "autofocus" not in name
    assert "aria-invalid" in topic
    assert "autofocus" in topic


def test_leaving_a_private_room_asks_for_confirmation(as_alice, alice, board):
    path = f"/rooms/{board.pk}/leave/"
    assert f'href="{path}"' in as_alice.get(f"/rooms/{board.pk}/members/").text
    assert "only if a member invites you" in as_alice.get(path).text
    assert members(board) == {"alice"}


def test_the_confirmation_is_missing_for_a_user_who_cannot_leave(as_bob, alice, bob, board):
    for room in (board, rooms.direct(alice, [bob.pk])):
        assert as_bob.get(f"/rooms/{room.pk}/leave/").status_code == NOT_FOUND


def test_the_topic_of_a_room_is_shown(as_alice, general):
    data = {"name": "General", "topic": "  This\nand   that "}
    as_alice.post(f"/rooms/{general.pk}/name/", data)
    assert "This and that" in as_alice.get(f"/rooms/{general.pk}/").text
    assert 'value="This and that"' in as_alice.get(f"/rooms/{general.pk}/members/").text
    address = as_alice.post("/rooms/new/", {"name": "Garden", "topic": "Plants"}).url
    assert "Plants" in as_alice.get(address).text


def test_the_length_of_a_topic_is_limited(as_alice, general):
    data = {"name": "Commons", "topic": "a" * 201}
    response = as_alice.post(f"/rooms/{general.pk}/name/", data)
    assert response.status_code == REFUSED
    assert response.context["rename"].errors["topic"]
    general.refresh_from_db()
    assert (general.name, general.topic) == ("General", "")


def test_a_new_room_may_be_private(as_alice):
    as_alice.post("/rooms/new/", {"name": "Board", "private": "on"})
    assert Room.objects.get().kind == Room.Kind.PRIVATE


@pytest.mark.parametrize("name", ["", "   ", "a" * 61, "GENERAL"])
def test_an_invalid_name_is_explained_and_kept_in_the_form(as_alice, general, name):
    response = as_alice.post("/rooms/new/", {"name": name})
    assert response.status_code == REFUSED
    assert response.context["form"].errors["name"]
    assert name in response.content.decode()
    assert Room.objects.count() == 1


def test_a_user_joins_and_leaves_a_public_room(client, charlie, general):
    client.force_login(charlie)
    assert client.post(f"/rooms/{general.pk}/join/").url == f"/rooms/{general.pk}/"
    assert "charlie" in members(general)
    assert client.post(f"/rooms/{general.pk}/leave/").url == "/"
    assert "charlie" not in members(general)


def test_a_private_room_cannot_be_joined(as_bob, board):
    assert as_bob.post(f"/rooms/{board.pk}/join/").status_code == NOT_FOUND
    assert members(board) == {"alice"}


def test_only_members_leave_a_room(client, charlie, general):
    client.force_login(charlie)
    assert client.post(f"/rooms/{general.pk}/leave/").status_code == NOT_FOUND


def test_a_direct_conversation_cannot_be_left(as_alice, alice, bob):
    room = rooms.direct(alice, [bob.pk])
    assert as_alice.post(f"/rooms/{room.pk}/leave/").status_code == NOT_FOUND
    assert members(room) == {"alice", "bob"}


def test_a_member_invites_by_username_in_any_case(as_alice, bob, board):
    assert as_alice.post(f"/rooms/{board.pk}/members/", {"username": "BOB"}).status_code == 302
    assert members(board) == {"alice", "bob"}


@pytest.mark.parametrize("username", ["", "nobody", "a" * 200])
def test_an_invitation_of_an_unknown_user_is_explained(as_alice, board, username):
    response = as_alice.post(f"/rooms/{board.pk}/members/", {"username": username})
    assert response.status_code == REFUSED
    assert response.context["invite"].errors["username"]


def test_a_user_outside_the_room_cannot_invite_themselves(as_bob, board):
    answer = as_bob.post(f"/rooms/{board.pk}/members/", {"username": "bob"})
    assert answer.status_code == NOT_FOUND
    assert members(board) == {"alice"}


def test_the_owner_removes_a_member(as_alice, bob, general):
    as_alice.post(f"/rooms/{general.pk}/members/{bob.pk}/remove/")
    assert members(general) == {"alice"}


def test_a_member_removes_nobody(as_bob, alice, charlie, general):
    memberships.join(charlie, general.pk)
    for user in (alice, charlie):
        answer = as_bob.post(f"/rooms/{general.pk}/members/{user.pk}/remove/")
        assert answer.status_code == NOT_FOUND
    assert members(general) == {"alice", "bob", "charlie"}
    assert "Remove" not in as_bob.get(f"/rooms/{general.pk}/members/").content.decode()


def test_the_owner_renames_the_room(as_alice, general):
    as_alice.post(f"/rooms/{general.pk}/name/", {"name": "Commons"})
    general.refresh_from_db()
    assert general.name == "Commons"


def test_a_name_that_is_taken_is_refused(as_alice, alice, general):
    rooms.create(alice, "Garden")
    response = as_alice.post(f"/rooms/{general.pk}/name/", {"name": "garden"})
    assert response.status_code == REFUSED
    assert response.context["rename"].errors["name"]


def test_a_member_renames_nothing(as_bob, general):
    answer = as_bob.post(f"/rooms/{general.pk}/name/", {"name": "Mine"})
    assert answer.status_code == NOT_FOUND
    general.refresh_from_db()
    assert general.name == "General"


def test_the_members_page_lists_the_members(as_alice, charlie, general):
    html = as_alice.get(f"/rooms/{general.pk}/members/").content.decode()
    assert "2 people" in html
    assert "@alice · owner" in html
    assert "@bob" in html
    assert "@charlie" not in html


def test_a_conversation_has_one_or_several_other_people(as_alice, alice, bob, charlie):
    first = as_alice.post("/direct/", {"user": bob.pk}).url
    assert as_alice.post("/direct/", {"username": "@Bob"}).url == first
    group = as_alice.post("/direct/", {"username": "bob, charlie"}).url
    assert group != first
    assert Room.objects.filter(kind=Room.Kind.DIRECT).count() == 2


@pytest.mark.parametrize(
    "data",
    [
        {"username": "nobody"},
        {"username": "no\x00body"},
        {"user": "9999"},
        {"user": str(2**63)},
        {"user": "9" * 5000},
        {"user": "x"},
        {"user": "\u0663"},
        {},
    ],
)
def test_a_conversation_with_an_unknown_user_is_explained(as_alice, data):
    response = as_alice.post("/direct/", data)
    assert response.status_code == REFUSED
    assert 'role="alert"' in response.text
    assert response.context["several"] == data.get("username", "")
    assert not Room.objects.exists()


def test_the_mention_list_has_the_other_members(as_alice, bob, charlie, general):
    for text, found in {"": [bob], "OB": [bob], "char": [], "alice": []}.items():
        response = as_alice.get(f"/rooms/{general.pk}/names/", {"q": text})
        assert list(response.context["people"]) == found, text
    assert 'data-username="bob"' in as_alice.get(f"/rooms/{general.pk}/names/").text


def test_the_mention_list_of_a_private_room_is_hidden_from_others(as_bob, board):
    assert as_bob.get(f"/rooms/{board.pk}/names/").status_code == NOT_FOUND


def state_of(page, user) -> str:
    """Returns the text of a member in the list."""
    (line,) = re.findall(rf"@{user.username}(.*?)</span></span>", page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", line).replace("\xa0", " ").split())


def test_the_members_page_shows_each_state_of_a_member(
    nobody_online, as_alice, alice, bob, charlie, general, django_user_model
):
    dora, emil = (django_user_model.objects.create_user(name) for name in ("dora", "emil"))
    for person in (charlie, dora, emil):
        memberships.join(person, general.pk)
    now = timezone.now()
    sockets = SocketTracker("one")
    sockets.opened(bob.pk, now)
    sockets.opened(charlie.pk, now - timedelta(seconds=AWAY_SECONDS))
    async_to_sync(sockets.sync)(now)
    LastSeen.objects.advance({dora.pk: now - timedelta(hours=3)})
    page = as_alice.get(f"/rooms/{general.pk}/members/").text
    states = [state_of(page, person) for person in (alice, bob, charlie, dora, emil)]
    assert states == [
        "· owner · Online",
        "· Active",
        "· Away",
        "· seen 3 hours ago",
        "· not seen yet",
    ]
    assert f'class="avatar here" data-face="{users.face(bob.pk, FACES)}"' in page


@pytest.fixture
def trio(alice, bob, charlie):
    return rooms.direct(alice, [bob.pk, charlie.pk])


def test_a_group_gets_a_name_on_its_page(as_bob, trio):
    path = f"/rooms/{trio.pk}/name/"
    assert f'action="{path}"' in as_bob.get(f"/rooms/{trio.pk}/members/").text
    assert as_bob.post(path, {"name": "Trip"}).url == f"/rooms/{trio.pk}/members/"
    page = as_bob.get(f"/rooms/{trio.pk}/").text
    assert "<title>Trip " in page
    assert 'data-people="Alice, Charlie"' in page
    assert as_bob.post(path, {"name": ""}).status_code == HTTPStatus.FOUND
    assert "<title>Alice, Charlie " in as_bob.get(f"/rooms/{trio.pk}/").text


def test_a_name_that_is_too_long_stays_in_the_form(as_bob, trio):
    response = as_bob.post(f"/rooms/{trio.pk}/name/", {"name": "n" * 61})
    assert response.status_code == REFUSED
    assert f'value="{"n" * 61}"' in response.text


def test_a_conversation_of_two_has_no_field_for_a_name(as_alice, alice, bob):
    pair = rooms.direct(alice, [bob.pk])
    assert "/name/" not in as_alice.get(f"/rooms/{pair.pk}/members/").text
    assert as_alice.post(f"/rooms/{pair.pk}/name/", {"name": "Us"}).status_code == NOT_FOUND


def test_people_are_added_on_the_page_of_a_conversation(as_alice, alice, bob, charlie, trio):
    pair = rooms.direct(alice, [bob.pk])
    path = f"/rooms/{pair.pk}/people/"
    assert f'action="{path}"' in as_alice.get(f"/rooms/{pair.pk}/members/").text
    response = as_alice.post(path, {"usernames": "@charlie, bob"})
    assert response.url == f"/rooms/{trio.pk}/"


@pytest.mark.parametrize(
    ("usernames", "error"),
    [
        ("", "required"),
        ("bob", "already in the conversation"),
        ("charlie, nobody", "No user named nobody"),
        ("charlie " * 51, "at most 400"),
        ("bob " * 51, "at most 50"),
        ("a" * 401, "at most 400"),
    ],
)
def test_people_who_cannot_be_added_stay_in_the_form(
    as_alice, alice, bob, charlie, usernames, error
):
    pair = rooms.direct(alice, [bob.pk])
    response = as_alice.post(f"/rooms/{pair.pk}/people/", {"usernames": usernames})
    assert response.status_code == REFUSED
    assert error in response.text
    assert usernames.strip() in response.text
    assert Room.objects.count() == 1


def test_others_cannot_add_people(client, charlie, staff, alice, bob, general):
    pair = rooms.direct(alice, [bob.pk])
    for user, room in ((charlie, pair), (staff, pair), (alice, general)):
        client.force_login(user)
        response = client.post(f"/rooms/{room.pk}/people/", {"usernames": "charlie"})
        assert response.status_code == NOT_FOUND


def test_a_full_conversation_says_what_to_do(as_alice, alice, django_user_model):
    people = [django_user_model.objects.create_user(f"guest{n}").pk for n in range(12)]
    full = rooms.direct(alice, people[:11])
    response = as_alice.post(f"/rooms/{full.pk}/people/", {"usernames": "guest11"})
    assert "create a private room" in response.text
