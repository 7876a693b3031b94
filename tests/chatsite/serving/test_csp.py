"""What a page may load and run, as its header says."""

import pytest

HEADER = "Content-Security-Policy"


@pytest.mark.django_db
def test_every_answer_says_what_may_run(client, alice):
    client.force_login(alice)
    for path in ("/", "/api/me", "/nowhere/"):
        directives = set(client.get(path).headers[HEADER].split("; "))
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= directives


def test_the_developers_own_error_page_keeps_its_styles(client, settings):
    settings.DEBUG = True
    assert not client.get("/nowhere/").has_header(HEADER)
