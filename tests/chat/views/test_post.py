import uuid
from http import HTTPStatus

import pytest
from django.test import Client

from chat.models import Membership, Message
from chat.services import drafts, rooms
from chat.services.drafts import Draft


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def post(client, room, body, **more):
    return client.post(f"/rooms/{room.pk}/messages/", {"body": body, **more})


def test_a_message_is_posted_from_the_form(as_alice, general):
    response = post(as_alice, general, "by hand")
    assert response.url == f"/rooms/{general.pk}/"
    assert Message.objects.get().body == "by hand"


def test_the_form_sent_twice_is_one_message(as_alice, general):
    client_id = str(uuid.uuid4())
    for _ in range(2):
        assert post(as_alice, general, "once", client_id=client_id).status_code == HTTPStatus.FOUND
    assert str(Message.objects.get().client_id) == client_id


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "Write something first"),
        (" \n ", "Write something first"),
        ("a" * 4001, "at most 4,000 characters"),
        ("a\x00b", "invalid characters"),
    ],
)
def test_an_invalid_message_stays_in_the_form_with_the_reason(as_alice, general, body, reason):
    response = post(as_alice, general, body)
    html = response.content.decode()
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert reason in html
    assert f">{body}</textarea>" in html
    assert not Message.objects.exists()


@pytest.mark.parametrize("body", ["", "a" * 4001])
def test_a_refused_form_keeps_its_client_id(as_alice, general, body):
    client_id = str(uuid.uuid4())
    html = post(as_alice, general, body, client_id=client_id).content.decode()
    assert f'name="client_id" value="{client_id}"' in html


def test_a_rate_limited_form_keeps_its_client_id(as_alice, alice, general, used_up):
    used_up(["CHANGES_PER_MINUTE"], user_id=alice.pk)
    client_id = str(uuid.uuid4())
    answer = post(as_alice, general, "again", client_id=client_id)
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert f'name="client_id" value="{client_id}"' in answer.content.decode()


def test_a_user_outside_a_private_room_does_not_post(client, alice, bob):
    board = rooms.create(alice, "Board", private=True)
    client.force_login(bob)
    assert post(client, board, "let me in").status_code == HTTPStatus.NOT_FOUND
    assert not Message.objects.exists()


def test_a_form_of_another_site_is_refused(alice, general):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert post(client, general, "forged").status_code == HTTPStatus.FORBIDDEN
    assert not Message.objects.exists()


def test_a_user_cannot_post_as_another_user(as_alice, alice, bob, general):
    post(as_alice, general, "forged", author=bob.pk, user=bob.pk)
    assert Message.objects.get().author == alice


def test_posting_removes_the_draft(as_alice, alice, general):
    drafts.save(alice, general.pk, Draft("half"))
    post(as_alice, general, "half and half")
    assert Membership.objects.get(room=general, user=alice).draft == ""


def test_a_draft_is_saved(as_alice, alice, general):
    answer = as_alice.post(f"/rooms/{general.pk}/draft/", {"body": "half a"})
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["body"] == "half a"
    assert Membership.objects.get(room=general, user=alice).draft == "half a"


def test_only_members_save_a_draft(client, general, charlie):
    client.force_login(charlie)
    answer = client.post(f"/rooms/{general.pk}/draft/", {"body": "half a"})
    assert answer.status_code == HTTPStatus.NOT_FOUND
