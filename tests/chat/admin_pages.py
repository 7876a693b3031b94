"""The pages of the admin for rooms, members and messages."""

from django.urls import reverse

from tests.chat.rendering.parsing import Parsed


def list_url(kind: str) -> str:
    return reverse(f"admin:chat_{kind}_changelist")


def change_url(kind: str, row) -> str:
    return reverse(f"admin:chat_{kind}_change", args=[row.pk])


def text(response) -> str:
    assert response.status_code == 200
    return Parsed(response.content.decode()).text


def run_action(client, kind: str, action: str, rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(list_url(kind), data)
