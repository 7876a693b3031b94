"""The chat under the ASGI servers that a project may choose: a stop loses no post that was
acknowledged, and every client hears of it."""

import contextlib
import json
import re
import signal
import sqlite3
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import presence
from presence.connection import client
from tests.install.environments import environment, packages_of
from tests.install.project import Project

SERVERS = {
    "uvicorn": ("-m", "uvicorn", "project.asgi:application", "--port", "{port}"),
    "daphne": ("-m", "daphne", "-p", "{port}", "project.asgi:application"),
    "hypercorn": (
        "-m",
        "hypercorn",
        "-b",
        "127.0.0.1:{port}",
        "--workers",
        "0",
        "project.asgi:application",
    ),
}
APPS = ("chat", "presence", "tasks")
CREATE = """
from django.contrib.auth import get_user_model
from chat.services import rooms
alice = get_user_model().objects.create_user("alice", password="correct horse")
rooms.create(alice, "General")
"""
SIGN_OUT = """
from django.contrib.auth import get_user_model
alice = get_user_model().objects.get()
{change}
"""
CHANGES = {
    "a new password": ('alice.set_password("battery staple"); alice.save()', 4401),
    "deactivation": ("alice.is_active = False; alice.save()", 4403),
    "deletion": ("alice.delete()", 4401),
    "the end of the session": (
        "from django.contrib.sessions.models import Session; Session.objects.all().delete()",
        4401,
    ),
}
EXIT_SECONDS = 15
WAIT_SECONDS = 10


@pytest.fixture(scope="module")
def python():
    return environment("5.2", [*packages_of("chat", "5.2"), "daphne", "hypercorn"])


@pytest.fixture
def project(python, tmp_path):
    found = Project(python, tmp_path / "site", "chat", APPS)
    client().flushall()
    found.manage("migrate", "--verbosity", "0")
    found.manage("shell", "--command", CREATE)
    yield found
    found.stop()


def sign_in(url: str) -> str:
    """Returns the session in the cookie."""
    with browser_at(url) as browser:
        return browser.cookies["sessionid"]


@contextlib.contextmanager
def browser_at(url: str):
    with httpx.Client(base_url=url, follow_redirects=True) as browser:
        token = csrf_token(browser.get("/accounts/login/").text)
        form = {"username": "alice", "password": "correct horse", "csrfmiddlewaretoken": token}
        assert browser.post("/accounts/login/", data=form).url.path == "/"
        yield browser


def csrf_token(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def open_socket(url: str, session: str | None):
    headers = {"Cookie": f"sessionid={session}"} if session else {}
    origin = {"Origin": url}
    address = url.replace("http", "ws") + "/ws/"
    return connect(address, additional_headers={**headers, **origin}, open_timeout=WAIT_SECONDS)


def frames_to_the_end(socket) -> tuple[list[dict], int]:
    """Returns all further frames, and the close code."""
    frames = []
    try:
        while True:
            frames.append(json.loads(socket.recv(timeout=WAIT_SECONDS)))
    except ConnectionClosed:
        return frames, socket.close_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
@pytest.mark.parametrize("server", SERVERS)
def test_a_stop_says_goodbye_and_loses_no_acknowledged_post(project, server, number):
    url = project.serve(*SERVERS[server])
    process, session = project.processes[-1], sign_in(url)
    with open_socket(url, session) as socket:
        assert json.loads(socket.recv(timeout=WAIT_SECONDS))["type"] == "hello"
        for _ in range(50):
            post = {"type": "post", "room": 1, "client_id": str(uuid4()), "body": "Hello"}
            socket.send(json.dumps(post))
        first = json.loads(socket.recv(timeout=WAIT_SECONDS))
        process.send_signal(number)
        frames, code = frames_to_the_end(socket)
    assert {"type": "bye", "reason": "restart"} in frames
    assert code == (1000 if server == "daphne" else 1012)  # daphne sends no other codes
    posted = {f["client_id"].replace("-", "") for f in [first, *frames] if f["type"] == "posted"}
    with sqlite3.connect(project.folder / "db.sqlite3") as database:
        written = {row[0] for row in database.execute("SELECT client_id FROM chat_message")}
    assert posted == written
    process.wait(EXIT_SECONDS)
    assert not presence.here_user_ids()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("server", SERVERS)
def test_the_end_of_a_sign_in_ends_its_sockets(project, server, change):
    """The change is made by another process."""
    url = project.serve(*SERVERS[server])
    code, expected = CHANGES[change]
    with open_socket(url, sign_in(url)) as socket:
        assert json.loads(socket.recv(timeout=WAIT_SECONDS))["type"] == "hello"
        project.manage("shell", "--command", SIGN_OUT.format(change=code))
        assert frames_to_the_end(socket)[1] == expected


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file", "signed_cookies"])
def test_a_sign_out_ends_the_sockets_of_its_session(project, engine):
    """And a page that asks at once finds that it is signed out."""
    with (project.folder / "project" / "settings.py").open("a") as file:
        file.write(f'\nSESSION_ENGINE = "django.contrib.sessions.backends.{engine}"\n')
    url = project.serve(*SERVERS["uvicorn"])
    other = sign_in(url)
    with browser_at(url) as browser, open_socket(url, other) as stays:
        with open_socket(url, browser.cookies["sessionid"]) as socket:
            assert json.loads(socket.recv(timeout=WAIT_SECONDS))["type"] == "hello"
            form = {"csrfmiddlewaretoken": csrf_token(browser.get("/").text)}
            assert browser.post("/accounts/logout/", data=form).url.path == "/accounts/login/"
            assert frames_to_the_end(socket)[1] == 4401
        assert browser.get("/").url.path == "/accounts/login/"
        if engine != "signed_cookies":  # nothing tells one of them from the others of its user
            stays.send(json.dumps({"type": "ping"}))
            while json.loads(stays.recv(timeout=WAIT_SECONDS))["type"] != "pong":
                pass


def test_nobody_is_refused_with_a_code_that_the_page_can_read(project):
    url = project.serve(*SERVERS["uvicorn"])
    with open_socket(url, None) as socket:
        assert frames_to_the_end(socket) == ([], 4401)


def test_a_second_signal_reaches_the_server_immediately(project):
    url = project.serve(*SERVERS["uvicorn"])
    process = project.processes[-1]
    with open_socket(url, sign_in(url)) as socket:
        socket.recv(timeout=WAIT_SECONDS)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert frames_to_the_end(socket)[1] in (1006, 1012)
    assert isinstance(process.wait(EXIT_SECONDS), int)


def test_the_last_post_of_a_script_reaches_every_socket(project):
    url = project.serve(*SERVERS["uvicorn"])
    script = """
import uuid
from django.contrib.auth import get_user_model
from chat.services import posting
posting.post(get_user_model().objects.get(), 1, uuid.uuid4(), "From a script")
"""
    with open_socket(url, sign_in(url)) as socket:
        socket.recv(timeout=WAIT_SECONDS)
        socket.send(json.dumps({"type": "open", "room": 1, "since": None}))
        while json.loads(socket.recv(timeout=WAIT_SECONDS))["type"] != "opened":
            pass
        project.manage("shell", "--command", script)
        while (frame := json.loads(socket.recv(timeout=WAIT_SECONDS)))["type"] != "message":
            pass
    assert "From a script" in frame["html"]
