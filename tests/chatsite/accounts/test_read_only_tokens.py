"""A read-only token changes nothing, in whatever way it is used."""

from http import HTTPStatus

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from chat.models import Membership
from chat.services import memberships, rooms
from chatsite.accounts.models import Token
from tests.chat.factories import post_message


def by_token(user, scope: str) -> Client:
    _, secret = Token.objects.issue(user, "test", scope)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def cursor(user, room) -> int:
    return Membership.objects.get(user=user, room=room).last_read_seq


PAGES = ["/", "/sidebar/", "/jump/", "/people/", "/online/", "/rooms/{}/", "/rooms/{}/?at=1"]
PAGES += ["/rooms/{}/members/", "/rooms/{}/names/", "/rooms/{}/leave/"]
API = ["/api/me", "/api/rooms", "/api/rooms/{}/messages", "/api/rooms/{}/changes?since=0"]

FORMS = ["/rooms/{}/", "/rooms/{}/messages/", "/rooms/{}/draft/", "/rooms/{}/favourite/"]
FORMS += ["/rooms/favourites/order/", "/rooms/{}/join/", "/rooms/{}/leave/", "/rooms/{}/name/"]
FORMS += ["/rooms/{}/export/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES + API)
def test_reading_does_not_mark_as_read(alice, bob, general, path):
    post_message(bob, general)
    before = Membership.objects.order_by("pk").values_list()
    before = list(before)
    response = by_token(alice, "read").get(path.format(general.pk))
    assert response.status_code == 200
    assert list(Membership.objects.order_by("pk").values_list()) == before
    assert not Session.objects.exists()
    assert not response.cookies.get("sessionid")


@pytest.mark.django_db
def test_a_write_token_marks_a_room_as_read(alice, bob, general):
    message = post_message(bob, general)
    by_token(alice, "write").get(f"/rooms/{general.pk}/")
    assert cursor(alice, general) == message.seq


@pytest.mark.django_db
def test_a_read_only_token_leaves_a_room_new(alice, bob):
    room = rooms.create(bob, "Secret party", private=True)
    memberships.invite(bob, room.pk, "alice")
    assert by_token(alice, "read").get(f"/rooms/{room.pk}/").status_code == HTTPStatus.OK
    assert memberships.new(alice)
    by_token(alice, "write").get(f"/rooms/{room.pk}/")
    assert not memberships.new(alice)


@pytest.mark.django_db
def test_a_read_only_token_queues_no_addition(alice):
    response = by_token(alice, "read").get("/add?a=1&b=2")
    assert response.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("path", FORMS)
def test_a_read_only_token_posts_nothing(alice, general, path):
    response = by_token(alice, "read").post(path.format(general.pk), {"body": "Hello"})
    assert response.status_code == 403
