import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from chatsite import jobs
from tasks.api import task_backends
from tasks.testing import run_all
from tests.tasks.jobs import fail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_queue():
    task_backends["default"].broker.client.flushdb()
    cache.clear()


@pytest.fixture
def client(alice):
    client = Client()
    client.force_login(alice)
    return client


@pytest.mark.parametrize("path", ["/add?a=1&b=2", "/add-result"])
def test_a_visitor_has_to_sign_in_first(path):
    response = Client().get(path)
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    assert not Session.objects.exists()
    assert task_backends["default"].broker.client.keys("*task*") == []


def test_the_number_of_queued_additions_is_limited(client, bob):
    responses = [client.get("/add", {"a": 1, "b": 2}) for _ in range(jobs.ADDITIONS_MAX + 1)]
    assert [response.status_code for response in responses] == [200] * jobs.ADDITIONS_MAX + [429]
    assert int(responses[-1].headers["Retry-After"]) > 0
    other = Client()
    other.force_login(bob)
    assert other.get("/add", {"a": 1, "b": 2}).status_code == 200
    run_all()
    assert client.get("/add", {"a": 1, "b": 2}).status_code == 200


def test_a_user_gets_the_sum_once(client):
    assert client.get("/add", {"a": 1, "b": 2}).status_code == 200
    assert client.get("/add-result").json() == {"ready": False}
    run_all()
    assert client.get("/add-result").json() == {"ready": True, "result": 3}
    assert client.get("/add-result").json() == {"ready": False}


def test_nothing_was_queued(client):
    assert client.get("/add-result").json() == {"ready": False}


def test_each_user_has_their_own_sum(client, bob):
    other = Client()
    other.force_login(bob)
    client.get("/add", {"a": 1, "b": 2})
    other.get("/add", {"a": 10, "b": -20})
    run_all()
    assert client.get("/add-result").json()["result"] == 3
    assert other.get("/add-result").json()["result"] == -10


@pytest.mark.parametrize(
    "query",
    [{}, {"a": 1}, {"b": 2}, {"a": "x", "b": 2}, {"a": "1.5", "b": 2}, {"a": 10**30, "b": 1}],
)
def test_other_values_than_two_whole_numbers_are_refused(client, query):
    response = client.get("/add", query)
    assert response.status_code == 400
    assert "whole numbers" in response.json()["detail"]


def test_only_get_is_allowed(client):
    assert client.post("/add", {"a": 1, "b": 2}).status_code == 405
    assert client.post("/add-result").status_code == 405


def test_a_failed_sum_is_reported_once(client):
    client.get("/add", {"a": -(2**63), "b": -(2**63)})  # the sum is no 64-bit number
    run_all()
    assert client.get("/add-result").json() == {
        "ready": True, "result": None, "detail": "The addition failed."
    }  # fmt: skip
    assert client.get("/add-result").json() == {"ready": False}


def test_an_expired_result_is_not_ready(client):
    client.get("/add", {"a": 1, "b": 2})
    run_all()
    task_backends["default"].broker.client.flushdb()
    assert client.get("/add-result").json() == {"ready": False}


def test_the_owner_of_a_task_gets_its_status(alice):
    result = jobs.add.using(owner=str(alice.pk)).enqueue(1, 2)
    status = {"id": result.id, "status": "READY", "progress": None, "result": None}
    assert jobs.status_for(alice, result.id) == status
    run_all()
    assert jobs.status_for(alice, result.id) == {**status, "status": "SUCCESSFUL", "result": 3}


def test_status_of_a_failed_task_has_no_result(alice):
    result = fail.using(owner=str(alice.pk)).enqueue()
    run_all()
    status = jobs.status_for(alice, result.id)
    assert status["status"] == "FAILED"
    assert status["result"] is None


def test_other_users_get_no_status(alice, bob):
    hers, nobodys = jobs.add.using(owner=str(alice.pk)).enqueue(1, 2), jobs.add.enqueue(1, 2)
    assert jobs.status_for(bob, hers.id) is None
    assert jobs.status_for(AnonymousUser(), hers.id) is None
    assert jobs.status_for(alice, nobodys.id) is None
    assert jobs.status_for(AnonymousUser(), nobodys.id) is None
    assert jobs.status_for(alice, "unknown") is None
