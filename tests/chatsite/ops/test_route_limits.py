"""Every route has a limit. The routes come from the URLconf, so that new ones are tested too."""

import re

import pytest
from django.urls import URLPattern, get_resolver

from chat.rate_limits.table import LIMITS

CLIENT = "127.0.0.1"


def routes(resolver=None, prefix="/"):
    """Yields one address of each view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = re.sub(r"<[^>]*>", "1", re.sub(r"\(\?P<[^>]*>[^)]*\)", "1", str(pattern.pattern)))
        path = prefix + re.sub(r"[\^$]|\\Z", "", route)
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from routes(pattern, path)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_is_limited_for_a_user(client, alice, used_up, chat_settings, method):
    del chat_settings["CLIENT_ADDRESS_FUNCTION"]
    client.force_login(alice)
    used_up(LIMITS, user_id=alice.pk)
    addresses = sorted(set(routes()))
    assert len(addresses) > 100
    for path in addresses:
        response = getattr(client, method)(path)
        assert response.status_code == 429, path
        assert int(response.headers["Retry-After"]) > 0


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_route_is_limited_for_an_address(client, used_up, method):
    used_up(LIMITS, address=CLIENT)
    for path in sorted(set(routes())):
        response = getattr(client, method)(path)
        assert response.status_code == 429, path
        assert int(response.headers["Retry-After"]) > 0


@pytest.mark.django_db
def test_the_api_refuses_with_json_and_pages_with_a_page(client, alice, used_up):
    client.force_login(alice)
    used_up(LIMITS, user_id=alice.pk)
    assert "too fast" in client.get("/api/me").json()["detail"]
    page = client.get("/").text
    assert "Try again in 10 minutes." in page
    assert "Sign out" in page


@pytest.mark.django_db
def test_the_input_of_a_form_can_be_sent_again(client, alice, used_up):
    client.force_login(alice)
    used_up(LIMITS, user_id=alice.pk)
    typed = {"name": 'Tea & "cake"', "topic": "<b>", "private": "on"}
    page = client.post("/rooms/new/", typed).text
    for name, value in typed.items():
        escaped = value.replace("&", "&amp;").replace('"', "&quot;")
        escaped = escaped.replace("<", "&lt;").replace(">", "&gt;")
        assert f'<input type="hidden" name="{name}" value="{escaped}">' in page
    assert 'action="/rooms/new/"' in page


@pytest.mark.django_db
def test_a_password_is_never_repeated(client, used_up):
    used_up(LIMITS, address=CLIENT)
    page = client.post("/accounts/login/", {"login": "alice", "password": "opensesame"})
    assert page.status_code == 429
    assert "opensesame" not in page.text
