"""Limits on calls of the API, for each user and each address."""

import uuid

import pytest
from django.test import Client

from chat.rate_limits import limiter, limits
from chat.rate_limits.table import Limit
from chatsite.accounts.models import Token
from presence import connection
from tests import valkey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def low(chat_settings, monkeypatch):
    """Sets limits that refill so slowly that no test sees it."""
    del chat_settings["API_CALLS_PER_MINUTE"]
    del chat_settings["API_CALLS_PER_MINUTE_PER_ADDRESS"]
    monkeypatch.setitem(limits.LIMITS, "API_CALLS_PER_MINUTE", Limit(0.1, 3))
    monkeypatch.setitem(limits.LIMITS, "API_CALLS_PER_MINUTE_PER_ADDRESS", Limit(0.1, 5))


def of(user) -> Client:
    _, secret = Token.objects.issue(user, "laptop", Token.Scope.WRITE)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def statuses(client, count: int, **more) -> list[int]:
    return [client.get("/api/me", **more).status_code for _ in range(count)]


def test_a_refused_call_has_a_time_to_retry(api):
    assert statuses(api, 3) == [200] * 3
    refused = api.get("/api/me")
    assert refused.status_code == 429
    assert "too fast" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 600


def test_calls_from_all_addresses_and_sign_ins_count_together(api, alice):
    assert statuses(api, 3) == [200] * 3
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    elsewhere.force_login(alice)
    assert statuses(elsewhere, 1) == [429]


def test_other_users_are_not_limited(api, bob):
    assert statuses(api, 4)[-1] == 429
    assert statuses(of(bob), 1, REMOTE_ADDR="198.51.100.7") == [200]


def test_many_users_at_one_address_are_limited(api, bob):
    assert statuses(api, 3) == [200] * 3
    assert statuses(of(bob), 3) == [200, 200, 429]


def test_an_ipv6_network_is_one_address(api, bob):
    assert statuses(api, 3, REMOTE_ADDR="2001:db8::1") == [200] * 3
    assert statuses(of(bob), 3, REMOTE_ADDR="2001:db8::2") == [200, 200, 429]


def test_refused_credentials_count_for_their_address(client, alice):
    wrong = {"Authorization": "Bearer chat_wrong"}
    assert statuses(client, 6, headers=wrong) == [401] * 5 + [429]
    assert int(client.get("/api/me", headers=wrong).headers["Retry-After"]) > 0
    assert statuses(of(alice), 1) == [429]
    assert statuses(of(alice), 1, REMOTE_ADDR="198.51.100.7") == [200]


def test_a_unix_socket_has_no_address(client, api):
    assert statuses(client, 10, REMOTE_ADDR="") == [401] * 10
    assert statuses(api, 4, REMOTE_ADDR="") == [200] * 3 + [429]


def test_calls_without_credentials_count_for_their_address(client):
    assert statuses(client, 6) == [401] * 5 + [429]


def test_limits_can_be_switched_off(api, chat_settings):
    chat_settings["API_CALLS_PER_MINUTE"] = chat_settings["API_CALLS_PER_MINUTE_PER_ADDRESS"] = 0
    assert statuses(api, 10) == [200] * 10


def test_limits_work_without_redis(api):
    valkey.server.kill()
    try:
        assert statuses(api, 4) == [200] * 3 + [429]
    finally:
        valkey.server.start()
        limiter.outage.retry_at = connection.outage.retry_at = 0


def test_a_refused_post_has_a_time_to_retry(api, general, chat_settings):
    chat_settings["API_CALLS_PER_MINUTE"] = chat_settings["API_CALLS_PER_MINUTE_PER_ADDRESS"] = 0
    chat_settings["CHANGES_PER_MINUTE"] = 20  # a burst of 2
    url = f"/api/rooms/{general.pk}/messages"
    responses = [
        api.post(url, {"client_id": str(uuid.uuid4()), "body": "hi"}, "application/json")
        for _ in range(3)
    ]
    assert [response.status_code for response in responses] == [201, 201, 429]
    assert 0 < int(responses[-1].headers["Retry-After"]) <= 60
    message = f"/api/messages/{responses[0].json()['id']}"
    assert api.patch(message, {"body": "ho"}, "application/json").status_code == 429
    assert api.delete(message).status_code == 429
    assert api.get("/api/rooms").status_code == 200
