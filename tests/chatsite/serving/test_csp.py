"""The content security policy of each response."""

import pytest

HEADER = "Content-Security-Policy"


@pytest.mark.django_db
def test_every_response_has_the_policy(client, alice):
    client.force_login(alice)
    for path in ("/", "/api/me", "/nowhere/"):
        directives = set(client.get(path).headers[HEADER].split("; "))
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= directives


def test_the_error_page_for_developers_keeps_its_styles(client, settings):
    settings.DEBUG = True
    assert not client.get("/nowhere/").has_header(HEADER)
