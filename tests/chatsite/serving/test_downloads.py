"""Streamed responses to clients that read slowly or disconnect."""

import asyncio
import os
from pathlib import Path

import orjson
import pytest
from django.conf import settings
from django.urls import reverse

from chatsite.serving.sync_pages import PART_BYTES, THREADS, Pages
from tasks.testing import run_all
from tests.chat.factories import post_message
from tests.site import session_of
from tests.thread_pools import close_connections

pytestmark = pytest.mark.django_db(transaction=True)

POSTS, POST_CHARACTERS = 50, 4000


@pytest.fixture
def path(settings, tmp_path, client, alice, general) -> str:
    """Returns the path of an export of several parts."""
    chat = {**settings.STORAGES["chat"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "chat": chat}
    for _ in range(POSTS):
        post_message(alice, general, "x" * POST_CHARACTERS)
    client.force_login(alice)
    page = client.post(reverse("chat:start_export", args=[general.pk])).url
    run_all()
    return f"{page}file/"


@pytest.fixture
def download(path, alice):
    """Returns the whole body that was sent; `on_message` receives each message first."""
    pages = Pages()
    cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(alice)}"
    headers = [(b"host", b"testserver"), (b"cookie", cookie.encode())]
    here = ("127.0.0.1", 5000)
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "client": here}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def get(on_message=None) -> bytes:
        sent = []

        async def send(message) -> None:
            if on_message:
                await on_message(message)
            sent.append(message.get("body", b""))

        await pages(scope, receive, send)
        return b"".join(sent)

    yield get
    close_connections(pages.threads, THREADS)
    pages.threads.shutdown()


async def test_a_slow_download_does_not_delay_other_pages(download):
    goes_on = asyncio.Event()

    async def wait(_) -> None:
        await goes_on.wait()

    slow = [asyncio.create_task(download(wait)) for _ in range(2 * THREADS)]
    file = await download()
    assert len(file) > 2 * PART_BYTES
    assert len(orjson.loads(file)["messages"]) == POSTS
    goes_on.set()
    assert await asyncio.gather(*slow) == [file] * len(slow)


@pytest.mark.parametrize("at", ["http.response.start", "http.response.body"])
async def test_an_aborted_download_leaves_no_file_open(download, tmp_path, at):
    async def disconnect(message) -> None:
        if message["type"] == at:
            assert open_below(tmp_path) == 1
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await download(disconnect)
    assert open_below(tmp_path) == 0


def open_below(folder: Path) -> int:
    files = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
    return sum(file.startswith(str(folder)) for file in files)
