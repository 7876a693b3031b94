"""Names and texts in right-to-left scripts, on pages without a browser test."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from chat.services import rooms

HEBREW = "שלום"
KEY = SimpleNamespace(
    pk=7, name=HEBREW, wrap=SimpleNamespace(name=HEBREW), created_at=None, last_used_at=None
)


@pytest.fixture
def render(alice, client):
    client.force_login(alice)
    request = RequestFactory().get("/")
    request.user, request.session = alice, client.session
    return lambda template, **context: render_to_string(template, context, request)


def test_the_page_that_deletes_a_room_isolates_the_name(client, alice):
    client.force_login(alice)
    html = client.get(f"/rooms/{rooms.create(alice, HEBREW).pk}/delete/").content.decode()
    assert f"<title>Delete \u2068{HEBREW}\u2069 · " in html
    assert f"<h1>Delete <bdi>{HEBREW}</bdi>?</h1>" in html


def test_an_unsaved_message_has_its_direction(render):
    html = render("error.html", fields=[("body", HEBREW)])
    assert f'dir="auto">{HEBREW}</textarea>' in html


def test_the_names_of_keys_are_isolated(render):
    html = render("mfa/webauthn/authenticator_list.html", authenticators=[KEY])
    assert f"<bdi>{HEBREW}</bdi>" in html
    assert f'aria-label="Rename \u2068{HEBREW}\u2069"' in html
    html = render("mfa/webauthn/authenticator_confirm_delete.html", authenticator=KEY)
    assert f"<h1>Remove <bdi>{HEBREW}</bdi>?</h1>" in html
