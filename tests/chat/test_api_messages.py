from uuid import uuid4

import pytest

from chat.models import Membership, Message
from chat.protocol import server_frames
from chat.services import editing, memberships, post_batch, rooms
from tests.chat.factories import head, post_message, post_of

JSON = "application/json"
MISSING_ID = 10**9


@pytest.fixture
def api(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def foreign(bob, charlie):
    """A conversation that alice is not in."""
    return rooms.direct(bob, [charlie.pk])


def path(room, resource: str = "messages") -> str:
    return f"/api/rooms/{getattr(room, 'pk', room)}/{resource}"


def seqs(response) -> list[int]:
    assert response.status_code == 200
    return [message["seq"] for message in response.json()["messages"]]


def test_a_post_is_written_and_returned(api, alice, general):
    body = {"client_id": str(uuid4()), "body": "Hello *you*"}
    response = api.post(path(general), body, JSON)
    assert response.status_code == 201
    message = Message.objects.select_related("author").get()
    assert response.json() == server_frames.message_data(message)
    assert (message.author, message.seq) == (alice, 1)


def test_a_second_post_with_the_same_client_id_returns_the_first(api, general):
    body = {"client_id": str(uuid4()), "body": "Hello"}
    first = api.post(path(general), body, JSON)
    second = api.post(path(general), {**body, "body": "Other words"}, JSON)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert head(general) == 1


def test_a_reply_has_the_id_of_the_message_that_it_answers(api, bob, general):
    answered = post_message(bob, general)
    body = {"client_id": str(uuid4()), "body": "Yes", "reply_to": answered.pk}
    assert api.post(path(general), body, JSON).json()["reply_to"] == answered.pk


def test_a_reply_to_a_message_of_another_room_is_refused(api, alice, general, den):
    body = {"client_id": str(uuid4()), "body": "Yes", "reply_to": post_message(alice, den).pk}
    assert api.post(path(general), body, JSON).status_code == 404


def test_a_user_cannot_post_as_another_user(api, alice, bob, general):
    body = {"client_id": str(uuid4()), "body": "Hello", "author": bob.pk, "from": "bob"}
    assert api.post(path(general), body, JSON).json()["author"]["id"] == alice.pk


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": ""}, 422),
        ({"body": " \n"}, 422),
        ({"body": "a\x00"}, 422),
        ({"body": "x" * 4001}, 413),
        ({"body": None}, 422),
        ({"body": 7}, 422),
        ({"client_id": "7"}, 422),
        ({"client_id": None}, 422),
        ({"reply_to": -1}, 422),
        ({"reply_to": 2**63}, 422),
        ({"reply_to": MISSING_ID}, 404),
    ],
)
def test_an_invalid_post_is_refused(api, general, fields, status):
    body = {"client_id": str(uuid4()), "body": "Hello", **fields}
    response = api.post(path(general), body, JSON)
    assert response.status_code == status
    assert response.json()["detail"].endswith(".")
    assert head(general) == 0


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("resource", ["messages", "changes?since=0"])
def test_reading_a_foreign_or_missing_room_returns_404(api, foreign, exists, resource):
    response = api.get(path(foreign if exists else MISSING_ID, resource))
    assert response.status_code == 404
    assert set(response.json()) == {"detail"}


@pytest.mark.parametrize("exists", [True, False])
def test_posting_to_a_foreign_or_missing_room_returns_404(api, foreign, exists):
    body = {"client_id": str(uuid4()), "body": "Hello"}
    response = api.post(path(foreign if exists else MISSING_ID), body, JSON)
    assert response.status_code == 404
    assert not Message.objects.exists()


def test_messages_are_listed_newest_first(api, bob, general):
    for _ in range(3):
        post_message(bob, general)
    response = api.get(path(general))
    assert seqs(response) == [3, 2, 1]
    assert response.json()["head"] == 3


def test_messages_are_listed_in_pages(api, bob, general):
    post_batch.write([post_of(bob, general) for _ in range(120)])
    assert seqs(api.get(path(general))) == list(range(120, 70, -1))
    assert seqs(api.get(path(general, "messages?before=71"))) == list(range(70, 20, -1))
    assert seqs(api.get(path(general, "messages?before=3&limit=100"))) == [2, 1]
    assert seqs(api.get(path(general, "messages?after=100&limit=2"))) == [102, 101]
    assert len(seqs(api.get(path(general, "messages?limit=100")))) == 100


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "before=-1", "before=x", "after=9223372036854775808"],
)
def test_invalid_page_parameters_are_refused(api, general, query):
    assert api.get(path(general, f"messages?{query}")).status_code == 422


def test_a_visitor_reads_a_public_room(api, alice, bob, general):
    post_message(bob, general)
    memberships.leave(alice, general.pk)
    assert seqs(api.get(path(general))) == [1]


def test_each_changed_message_is_listed_once(api, alice, bob, general):
    first, second = post_message(alice, general), post_message(bob, general)
    editing.edit(alice, first.pk, "Other words")
    editing.delete(bob, second.pk)
    changes = api.get(path(general, "changes?since=2")).json()
    assert (changes["head"], changes["reset"]) == (4, False)
    assert [(c["seq"], c["version"], c["body"]) for c in changes["changes"]] == [
        (1, 3, "Other words"),
        (2, 4, ""),
    ]
    assert api.get(path(general, "changes?since=4")).json()["changes"] == []


def test_too_many_changes_return_a_reset(api, bob, general):
    post_batch.write([post_of(bob, general) for _ in range(501)])
    changes = api.get(path(general, "changes?since=0")).json()
    assert changes == {"head": 501, "changes": [], "reset": True}


@pytest.mark.parametrize("query", ["", "?since=", "?since=-1", "?since=x"])
def test_an_invalid_since_is_refused(api, general, query):
    assert api.get(path(general, f"changes{query}")).status_code == 422


def test_an_edit_returns_the_new_version(api, alice, general):
    message = post_message(alice, general)
    response = api.patch(f"/api/messages/{message.pk}", {"body": "*Other* words"}, JSON)
    assert response.status_code == 200
    changed = response.json()
    assert (changed["version"], changed["html"]) == (2, "<p><em>Other</em> words</p>")
    assert changed["edited_at"]


def test_a_deletion_returns_an_empty_message(api, alice, general):
    message = post_message(alice, general)
    response = api.delete(f"/api/messages/{message.pk}")
    assert response.status_code == 200
    assert response.json()["deleted"]
    assert (response.json()["body"], response.json()["html"]) == ("", "")


def test_a_room_owner_deletes_but_does_not_edit_messages_of_others(api, bob, general):
    message = post_message(bob, general)
    patched = api.patch(f"/api/messages/{message.pk}", {"body": "Mine"}, JSON)
    assert patched.status_code == 404
    assert api.delete(f"/api/messages/{message.pk}").status_code == 200


@pytest.mark.parametrize("exists", [True, False])
def test_changing_a_foreign_or_missing_message_returns_404(api, bob, foreign, exists):
    pk = post_message(bob, foreign).pk if exists else MISSING_ID
    assert api.patch(f"/api/messages/{pk}", {"body": "Mine"}, JSON).status_code == 404
    assert api.delete(f"/api/messages/{pk}").status_code == 404
    assert not Message.objects.filter(deleted=True).exists()


@pytest.mark.parametrize(("body", "status"), [("", 422), ("x" * 4001, 413), (None, 422)])
def test_an_invalid_edit_is_refused(api, alice, general, body, status):
    message = post_message(alice, general)
    response = api.patch(f"/api/messages/{message.pk}", {"body": body}, JSON)
    assert response.status_code == status
    assert head(general) == 1


def test_posting_to_a_public_room_joins_it(api, alice, general):
    memberships.leave(alice, general.pk)
    api.post(path(general), {"client_id": str(uuid4()), "body": "Hello"}, JSON)
    assert Membership.objects.filter(user=alice, room=general).exists()
