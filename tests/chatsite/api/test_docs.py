import re

import pytest


def test_the_page_loads_nothing_from_elsewhere(client, db):
    page = client.get("/api/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(re.match("/(?!/)", address) for address in addresses)
    # Our content security policy allows no inline script or style.
    assert not re.search(
        r"<style|<script(?![^>]*(src=|application/json))| style=| on\w+=", page.text
    )


def test_the_root_leads_to_the_page(client):
    assert client.get("/api/").headers["Location"] == "/api/docs"


def test_every_call_of_the_contract_is_described(client):
    described = client.get("/api/openapi.json").json()
    calls = {(verb, path) for path, verbs in described["paths"].items() for verb in verbs}
    assert calls >= {
        ("get", "/api/me"),
        ("get", "/api/users"),
        ("get", "/api/users/online"),
        ("get", "/api/rooms"),
        ("post", "/api/rooms"),
        ("get", "/api/rooms/{room_id}/messages"),
        ("post", "/api/rooms/{room_id}/messages"),
        ("get", "/api/rooms/{room_id}/changes"),
        ("patch", "/api/messages/{message_id}"),
        ("delete", "/api/messages/{message_id}"),
        ("get", "/api/tasks/{task_id}"),
    }
    assert described["components"]["securitySchemes"].keys() == {"Session", "Bearer", "Basic"}


@pytest.mark.django_db
def test_signed_in_the_page_has_a_token_for_writes(client, alice):
    client.force_login(alice)
    assert 'data-api-csrf="true"' in client.get("/api/docs").text
