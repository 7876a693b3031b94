"""The real site for a benchmark, with its own Valkey, database and server process.

Call `prepare()` before importing anything of Django: it points the settings at a folder of its own.
`clean_up()` removes everything.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.valkey import Valkey
from tests.ports import free_port

SERVER = (sys.executable, "-m", "chatsite.server", "--port", "{port}")
WSGI = (sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--port", "{port}")
WSGI += ("--blocking-threads", "1", "--log-level", "warning")
PAGES = (*WSGI, "chatsite.wsgi:application")
STOP_SECONDS = 10
SERVER_CORE, LOAD_CORE = 0, min(1, (os.cpu_count() or 1) - 1)


def prepare(**environment: str) -> Valkey:
    """Starts a Valkey and creates an empty database. Settings that are read later use both."""
    folder = Path(tempfile.mkdtemp(prefix="chatsite-bench-"))
    valkey = Valkey(folder / "valkey")
    os.environ.update(
        VAR_DIR=str(folder),
        STATIC_ROOT=str(folder / "static"),
        REDIS_URL=valkey.url,
        DJANGO_SETTINGS_MODULE="chatsite.settings",
        SECRET_KEY="bench",
        DEBUG="False",
        ALLOWED_HOSTS="127.0.0.1",
        RATE_LIMITS="False",
        **environment,
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    os.sched_setaffinity(0, {LOAD_CORE})
    return valkey


@contextlib.contextmanager
def running(*command: str, **environment: str):
    """Starts a server process on its own core and yields (process, port)."""
    port = free_port()
    parts = [part.format(port=port) for part in command or SERVER]
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *parts], env={**os.environ, **environment}
    )
    try:
        wait_until_it_answers(port)
        yield process, port
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_it_answers(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            return
        time.sleep(0.05)
    raise SystemExit("The server did not start.")


def clean_up(valkey: Valkey) -> None:
    valkey.stop()
    shutil.rmtree(os.environ["VAR_DIR"], ignore_errors=True)


def populate(people: int, members: int | None = None):
    """Creates users and a public room with the first `members` of them, or all. Returns both."""
    from django.contrib.auth import get_user_model

    from chat.models import Membership, Room

    model = get_user_model()
    names = [f"user{number}" for number in range(people)]
    model.objects.bulk_create([model(username=name, name=name, password="!") for name in names])
    users = list(model.objects.order_by("pk"))
    room = Room.objects.create(name="Bench")
    Membership.objects.bulk_create([Membership(room=room, user=user) for user in users[:members]])
    return users, room


def cookie(user) -> str:
    """Returns the cookie of a signed-in session."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from chatsite.accounts.session_store import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}"


def token(user) -> str:
    from chatsite.accounts.models import Token

    _, secret = Token.objects.issue(user, "bench", Token.Scope.WRITE)
    return secret


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def loop_held_ms(port: int) -> float | None:
    """Returns the longest block of the event loop since the last call, or None for peers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as response:
        text = response.read().decode(errors="replace")
    found = re.search(r"^chatsite_loop_held_seconds (\S+)$", text, re.MULTILINE)
    return round(float(found[1]) * 1000, 1) if found else None


def cpu_seconds(pid: int) -> float:
    """Returns the CPU seconds of the process and of its living children."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return _cpu_seconds(pid) + sum(map(cpu_seconds, children))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
