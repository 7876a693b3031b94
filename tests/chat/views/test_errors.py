from http import HTTPStatus

from django.test import Client


def test_a_form_with_an_old_csrf_token_explains_what_to_do(db, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/rooms/new/", {"name": "Garden"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Go back, reload the page" in answer.content.decode()
