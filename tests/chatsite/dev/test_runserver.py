"""`manage.py runserver` works as in every Django project, with sockets."""

import os
import shutil
import signal
import socket
import time

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from chatsite.dev import embedded_valkey
from chatsite.run import is_port_taken
from tests.chatsite.processes import ROOT, status_of, wait_until
from tests.ports import free_port

PARTS = ["chat", "chatsite", "presence", "tasks", "templates", "manage.py"]


@pytest.fixture
def copy(tmp_path):
    """Returns a copy of the code that a test can change, in a folder with a space in its name."""
    copy = tmp_path / "a copy"
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, copy / part)
    return copy


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def migrated(command):
    """Migrates the data folder that the next commands share."""
    assert command("manage.py", "migrate", "--verbosity=0").exit_code() == 0


@pytest.fixture
def runserver(command, migrated, port):
    def start(*options: str, **where):
        server = command("manage.py", "runserver", str(port), *options, **where)
        wait_until(lambda: server.process.poll() is not None or is_port_taken(port))
        return server

    return start


@pytest.mark.parametrize("options", [[], ["--noreload"]])
def test_it_serves_and_ctrl_c_stops_it_with_its_valkey(runserver, port, copy, options):
    server = runserver(*options, cwd=copy)
    assert status_of(f"http://127.0.0.1:{port}/accounts/login/") == 200
    assert embedded_valkey.responds(embedded_valkey.socket_path(server.var_dir / "valkey"))
    assert server.stop(signal.SIGINT) == 0
    assert server.left() == {}
    assert "Traceback" not in "\n".join(server.lines)


def test_a_signal_to_the_parent_only_stops_everything(runserver, copy):
    server = runserver(cwd=copy)
    os.kill(server.process.pid, signal.SIGTERM)
    assert server.exit_code() == 0
    assert server.left() == {}


def test_it_serves_static_files_and_error_pages_for_developers(runserver, port):
    runserver("--noreload")
    assert status_of(f"http://127.0.0.1:{port}/static/admin/css/base.css") == 200
    assert status_of(f"http://127.0.0.1:{port}/nothing-here/") == 404


def test_it_serves_sockets(runserver, port):
    runserver("--noreload")
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{port}/ws/"):
        pass
    assert refused.value.response.status_code == 403


def test_an_address_can_be_given(command, migrated, port):
    server = command("manage.py", "runserver", f"127.0.0.2:{port}", "--noreload")
    server.wait_for(f"http://127.0.0.2:{port}/")
    wait_until(lambda: responds_at("127.0.0.2", port))
    server.stop()


def responds_at(address: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


@pytest.mark.parametrize("options", [[], ["--noreload"]])
def test_a_taken_port_is_an_error(command, port, options):
    with socket.create_server(("127.0.0.1", port)):
        server = command("manage.py", "runserver", str(port), *options)
        assert server.exit_code() == 1
    assert server.lines[-1].startswith("CommandError: ")
    assert "in use" in server.lines[-1]
    assert server.left() == {}


def test_an_invalid_address_is_an_error(command):
    server = command("manage.py", "runserver", "somewhere:there")
    assert server.exit_code() == 1
    assert "not a valid port number" in server.lines[-1]


def test_changed_code_is_served_after_broken_code_was_fixed(runserver, port, copy):
    server = runserver(cwd=copy)
    urls = copy / "chatsite" / "urls.py"
    good = urls.read_text()
    urls.write_text(good + "\n1 / 0\n")
    server.wait_for("ZeroDivisionError", meanwhile=lambda: wait_until_seen(urls))
    urls.write_text(good.replace('"readyz"', '"ready-now"'))
    gone = f"http://127.0.0.1:{port}/readyz"
    wait_until(lambda: status_of(gone) == 404 or wait_until_seen(urls))
    assert server.stop() == 0
    assert server.left() == {}


def wait_until_seen(file) -> None:
    """Waits until the reloader has seen the file: it checks once a second, and does not notice
    changes before its first check."""
    if time.time() - file.stat().st_mtime > 10:
        file.touch()


def test_it_prints_its_settings_and_its_requests(runserver, port):
    server = runserver("--noreload")
    server.wait_for("using settings 'chatsite.settings'")
    status_of(f"http://127.0.0.1:{port}/nothing-here/")
    assert "404" in server.wait_for('"GET /nothing-here/')
