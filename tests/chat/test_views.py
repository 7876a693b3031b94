from http import HTTPStatus

import pytest
from django.urls import reverse

from chat import writer


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def test_room(as_alice, alice, general):
    import uuid

    writer.post(alice, general.pk, uuid.uuid4(), "Hello **you**")
    response = as_alice.get(f"/rooms/{general.pk}/")
    assert response.status_code == 200
    print(response.content.decode())
    for url in ("/", "/rooms/new/", f"/rooms/{general.pk}/members/", "/sidebar/", "/people/?q=b"):
        assert as_alice.get(url).status_code == 200, url
