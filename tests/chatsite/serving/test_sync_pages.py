"""Bodies that arrive slowly, in chunks, or without end, at a server that serves pages in
threads."""

import contextlib
import socket
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import orjson
import pytest
from django.conf import settings

from chatsite.accounts.models import Token
from chatsite.serving.sync_pages import THREADS
from tests.site import Site

SECONDS = 10


@pytest.fixture(scope="module")
def url(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), Site() as site:
        yield site.url


@pytest.fixture
def api(transactional_db, url, alice, general):
    _, secret = Token.objects.issue(alice, "laptop", Token.Scope.WRITE)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    with httpx.Client(base_url=url, headers=headers, timeout=SECONDS) as client:
        client.messages = f"/api/rooms/{general.pk}/messages"
        yield client


def in_parts(body: bytes, size: int = 1000):
    yield from (body[start : start + size] for start in range(0, len(body), size))


def test_a_slow_upload_does_not_delay_other_pages(api, url):
    host, port = urlsplit(url).hostname, urlsplit(url).port
    head = (
        f"POST {api.messages} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
        f"Authorization: {api.headers['Authorization']}\r\n\r\nhalf"
    ).encode()
    with contextlib.ExitStack() as stack:
        for _ in range(2 * THREADS):
            slow = stack.enter_context(socket.create_connection((host, port)))
            slow.sendall(head)
        assert api.get("/api/me").status_code == 200


def test_a_body_in_chunks_is_read(api):
    post = {"client_id": str(uuid4()), "body": "x" * 3000}
    response = api.post(api.messages, content=in_parts(orjson.dumps(post)))
    assert (response.status_code, response.json()["body"]) == (201, post["body"])


def test_a_body_without_end_is_refused(api):
    much = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 100_000)
    assert api.post(api.messages, content=much).status_code == 413
    with contextlib.suppress(httpx.WriteError):  # the response comes before everything is sent
        assert api.post(api.messages, content=in_parts(much, 50_000)).status_code == 413
    assert api.get("/api/me").status_code == 200


def test_an_aborted_upload_leaves_nothing(api, url, general):
    host, port = urlsplit(url).hostname, urlsplit(url).port
    with socket.create_connection((host, port)) as sender:
        sender.sendall(
            f"POST {api.messages} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
            f"Authorization: {api.headers['Authorization']}\r\n\r\n".encode()
            + orjson.dumps({"client_id": str(uuid4()), "body": "whole"})
        )
    assert api.get(api.messages).json()["messages"] == []
