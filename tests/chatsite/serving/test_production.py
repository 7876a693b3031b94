"""Procfile.production: sockets and pages have separate processes, which form one site."""

import re
import shlex
import sys
import uuid
from pathlib import Path

import httpx
import pytest
from asgiref.sync import sync_to_async

from chatsite.accounts.models import Token
from chatsite.dev import procfile
from tests.chat.socket_client import ServerSocketClient
from tests.site import ROOT, Web, session_of


@pytest.fixture
def webs(transactional_db):
    """Starts each process of the Procfile at a free port."""
    commands = procfile.parse((ROOT / "Procfile.production").read_text())
    webs = {name: Web(command=command(commands[name])) for name in ("sockets", "pages")}
    try:
        for web in webs.values():
            web.start()
        yield webs
    finally:
        for web in webs.values():
            web.kill()


def command(line: str) -> tuple[str, ...]:
    program, *arguments = shlex.split(re.sub(r"--port \d+", "--port {port}", line))
    return (str(Path(sys.executable).with_name(program)), *arguments)


@pytest.fixture
async def talk(webs, alice, general):
    """Returns Alice's socket, subscribed to General."""
    cookie = {"Cookie": f"sessionid={await sync_to_async(session_of)(alice)}"}
    talk = ServerSocketClient(webs["sockets"].url, "/ws/", cookie)
    await talk.connect()
    await talk.open(general)
    yield talk
    await talk.end()


async def test_a_post_by_a_page_reaches_the_sockets(webs, talk, bob, general):
    session = await sync_to_async(session_of)(bob)
    url = f"{webs['pages'].url}/rooms/{general.pk}/"
    async with httpx.AsyncClient(cookies={"sessionid": session}) as browser:
        page = await browser.get(url)
        form = dict(re.findall(r'name="(csrfmiddlewaretoken|client_id)" value="(.+?)"', page.text))
        response = await browser.post(f"{url}messages/", data={**form, "body": "By a form"})
        assert response.status_code == 302
        assert "By a form" in (await talk.next("message"))["html"]
        assert "By a form" in (await browser.get(url)).text


async def test_a_post_by_the_api_reaches_the_sockets(webs, talk, bob, general):
    _, secret = await sync_to_async(Token.objects.issue)(bob, "laptop", Token.Scope.WRITE)
    url = f"{webs['pages'].url}/api/rooms/{general.pk}/messages"
    post = {"client_id": str(uuid.uuid4()), "body": "By the API"}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as program:
        first, again = [await program.post(url, json=post) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert (await talk.next("message"))["client_id"] == post["client_id"]
    assert [frame["type"] for frame in await talk.settled()].count("message") == 0


def test_both_stop_in_order_at_a_signal(webs):
    assert {name: web.stop() for name, web in webs.items()} == {"sockets": 0, "pages": 0}
