"""Every error is {"detail": a sentence}, with the right status."""

import json
import uuid

import pytest
from django.test import Client

from chat.models import Message

pytestmark = pytest.mark.django_db

PATHS = ["/api/me", "/api/users/online", "/api/users?ids=1", "/api/rooms", "/api/rooms/1/messages"]


def detail(response, status: int) -> str:
    assert response.status_code == status
    assert set(response.json()) == {"detail"}
    assert isinstance(response.json()["detail"], str)
    return response.json()["detail"]


def message(body="hi") -> dict[str, str]:
    return {"client_id": str(uuid.uuid4()), "body": body}


@pytest.mark.parametrize("path", PATHS)
def test_reading_needs_a_sign_in(client, path):
    response = client.get(path)
    assert detail(response, 401) == "Sign in, or send Authorization: Bearer with a token."
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="chatsite"'


def test_writing_needs_a_sign_in(client, general):
    url = f"/api/rooms/{general.pk}/messages"
    detail(client.post(url, message(), "application/json"), 401)


def test_a_write_by_session_needs_its_csrf_token(alice, general):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    url = f"/api/rooms/{general.pk}/messages"
    assert "X-CSRFToken" in detail(browser.post(url, message(), "application/json"), 403)
    browser.get("/accounts/profile/")
    token = browser.cookies["csrftoken"].value
    headers = {"X-CSRFToken": token}
    assert browser.post(url, message(), "application/json", headers=headers).status_code == 201
    assert Message.objects.count() == 1


def test_a_write_by_token_needs_no_csrf_token(api, general):
    api.handler.enforce_csrf_checks = True
    url = f"/api/rooms/{general.pk}/messages"
    assert api.post(url, message(), "application/json").status_code == 201


def test_an_unknown_or_foreign_room_is_not_found(api, bob):
    from chat.services import rooms

    private = rooms.create(bob, "Cellar", private=True)
    for pk in (private.pk, 999):
        assert "do not have access" in detail(api.get(f"/api/rooms/{pk}/messages"), 404)
        detail(api.post(f"/api/rooms/{pk}/messages", message(), "application/json"), 404)


def test_an_unknown_task_is_not_found(api):
    detail(api.get("/api/tasks/nothing"), 404)


@pytest.mark.parametrize("path", ["/api/nothing", "/api/me/", "/api/rooms/x/messages"])
def test_an_unknown_path_is_not_found(api, path):
    detail(api.get(path), 404)


def test_a_wrong_method_is_refused(api):
    response = api.delete("/api/me")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET"


@pytest.mark.parametrize("body", ["", "{", "[", '{"body": "\\ud800"}', '{"body": NaN}', b"\xff"])
def test_a_body_that_is_not_json_is_refused(api, general, body):
    url = f"/api/rooms/{general.pk}/messages"
    response = api.post(url, body, "application/json")
    assert detail(response, 422 if body == "" else 400)


@pytest.mark.parametrize("body", [[], 7, {}, {"client_id": "no", "body": "hi"}, {"body": 7}])
def test_a_body_of_the_wrong_shape_is_refused(api, general, body):
    url = f"/api/rooms/{general.pk}/messages"
    sentence = detail(api.post(url, json.dumps(body), "application/json"), 422)
    assert sentence.endswith(".")


def test_too_many_parameters_are_refused(api):
    detail(api.get("/api/users?" + "&ids=1" * 1001), 400)


def test_a_message_that_is_too_long_is_refused(api, general):
    url = f"/api/rooms/{general.pk}/messages"
    assert "4,000" in detail(api.post(url, message("x" * 4001), "application/json"), 413)


def test_a_body_that_is_too_long_is_refused(api, general):
    url = f"/api/rooms/{general.pk}/messages"
    detail(api.post(url, message("x" * 3_000_000), "application/json"), 413)


def test_a_blank_message_is_refused(api, general):
    url = f"/api/rooms/{general.pk}/messages"
    detail(api.post(url, message(" "), "application/json"), 422)
