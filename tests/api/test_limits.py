"""Limits on calls, counted in Redis for each person and each address."""

import logging
import uuid

import pytest
from django.test import Client, RequestFactory

from chatsite import limits
from chatsite.accounts.models import Token
from presence import connection
from tests import valkey

pytestmark = pytest.mark.django_db
NOON = 1_795_262_400


@pytest.fixture(autouse=True)
def low(settings):
    settings.API_CALLS_PER_MINUTE = 3
    settings.API_CALLS_PER_MINUTE_AND_ADDRESS = 5


@pytest.fixture(autouse=True)
def one_minute(monkeypatch):
    """The clock's minute does not end in the middle of a test."""
    monkeypatch.setattr(limits, "MINUTE", 10**10)


def of(user) -> Client:
    _, secret = Token.objects.issue(user, "laptop", Token.Scope.WRITE)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def statuses(client, count: int, **more) -> list[int]:
    return [client.get("/api/me", **more).status_code for _ in range(count)]


def test_a_person_who_calls_too_often_is_told_when_to_come_back(api):
    assert statuses(api, 3) == [200] * 3
    refused = api.get("/api/me")
    assert refused.status_code == 429
    assert refused.json() == {"detail": "Too many requests."}
    assert 0 < int(refused.headers["Retry-After"]) <= limits.MINUTE


def test_wherever_they_call_from_and_however_they_sign_in(api, alice):
    assert statuses(api, 3) == [200] * 3
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    elsewhere.force_login(alice)
    assert statuses(elsewhere, 1) == [429]


def test_nobody_else_is_slowed_down_by_it(api, bob):
    assert statuses(api, 4)[-1] == 429
    assert statuses(of(bob), 1, REMOTE_ADDR="198.51.100.7") == [200]


def test_many_people_at_one_address(api, bob):
    assert statuses(api, 3) == [200] * 3
    assert statuses(of(bob), 3) == [200, 200, 429]


def test_a_network_of_ipv6_is_one_address(api, bob):
    assert statuses(api, 3, REMOTE_ADDR="2001:db8::1") == [200] * 3
    assert statuses(of(bob), 3, REMOTE_ADDR="2001:db8::2") == [200, 200, 429]


def test_refused_credentials_count_for_their_address(client, alice):
    wrong = {"Authorization": "Bearer chat_wrong"}
    assert statuses(client, 6, headers=wrong) == [401] * 5 + [429]
    assert int(client.get("/api/me", headers=wrong).headers["Retry-After"]) > 0
    assert statuses(of(alice), 1) == [429]
    assert statuses(of(alice), 1, REMOTE_ADDR="198.51.100.7") == [200]


def test_a_new_minute_begins_anew(rf: RequestFactory, monkeypatch):
    monkeypatch.undo()
    request = rf.get("/")
    asked = [limits.allows(request, 3, now=NOON + second) for second in (0, 20, 40, 59, 60)]
    assert asked == [True, True, True, False, True]
    assert [limits.seconds_left(NOON + second) for second in (0, 59, 60)] == [60, 1, 60]


def test_what_is_counted_is_forgotten_by_itself(rf, monkeypatch):
    monkeypatch.undo()
    limits.allows(rf.get("/"), 3)
    keys = limits.client().keys("limits/*")
    assert len(keys) == 2
    assert all(0 < limits.client().ttl(key) <= 120 for key in keys)


def test_a_socket_without_addresses_is_no_address(rf):
    request = rf.get("/", REMOTE_ADDR="")
    assert [limits.allows(request) for _ in range(10)] == [True] * 10
    assert [limits.allows(request, 3) for _ in range(4)] == [True] * 3 + [False]


def test_they_can_be_switched_off(api, settings):
    settings.API_CALLS_PER_MINUTE = settings.API_CALLS_PER_MINUTE_AND_ADDRESS = 0
    assert statuses(api, 10) == [200] * 10
    assert not limits.client().keys("limits/*")


def test_without_redis_all_are_let_through_and_the_log_says_so_once(api, caplog):
    valkey.server.kill()
    try:
        with caplog.at_level(logging.WARNING, "presence.connection"):
            assert statuses(api, 5) == [200] * 5
    finally:
        valkey.server.start()
        connection.outage.retry_at = 0
    told = [line for line in caplog.messages if "API calls are not limited" in line]
    assert len(told) == 1
    limits.outage.retry_at = 0
    assert 429 in statuses(api, 4)


def test_who_posts_too_much_is_told_when_to_go_on(api, general, settings):
    settings.API_CALLS_PER_MINUTE = settings.API_CALLS_PER_MINUTE_AND_ADDRESS = 0
    settings.CHANGES_PER_MINUTE = 2
    url = f"/api/rooms/{general.pk}/messages"
    answers = [
        api.post(url, {"client_id": str(uuid.uuid4()), "body": "hi"}, "application/json")
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    message = f"/api/messages/{answers[0].json()['id']}"
    assert api.patch(message, {"body": "ho"}, "application/json").status_code == 429
    assert api.delete(message).status_code == 429
    assert api.get("/api/rooms").status_code == 200
