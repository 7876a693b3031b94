"""`make run`, after the virtual environment exists: real processes on a real data folder."""

import os
import re
import signal
import socket
import sqlite3

import pytest

from tests.chatsite.processes import status_of, wait_until
from tests.ports import free_port


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def run(command, port):
    def start():
        return command("-m", "chatsite.run", PORT=str(port))

    return start


@pytest.fixture
def site(run):
    """Starts the site and waits for its message."""
    site = run()
    site.wait_for("Ctrl-C stops everything")
    return site


def pid_of(site, name: str) -> int:
    line = next(line for line in site.lines if f"{name} started (pid=" in line)
    return int(re.search(r"pid=(\d+)", line)[1])


def valkey_pid(site) -> int:
    return int((site.var_dir / "valkey" / "valkey.pid").read_text())


def messages(site) -> list[str]:
    with sqlite3.connect(site.var_dir / "db.sqlite3") as database:
        return [body for (body,) in database.execute("SELECT body FROM chat_message ORDER BY id")]


def test_it_starts_and_prints_its_address_and_how_to_sign_in(site, port):
    printed = "\n".join(site.lines)
    assert f"http://localhost:{port}/" in printed
    assert "pablo" in printed
    assert "password123" in printed
    assert re.search(r"web +\| ", printed)
    assert status_of(f"http://localhost:{port}/healthz") == 200
    assert status_of(f"http://localhost:{port}/accounts/login/") == 200
    wait_until(lambda: status_of(f"http://localhost:{port}/readyz") == 200)


def test_a_stop_leaves_no_process_and_a_restart_keeps_the_messages(site, run):
    assert site.stop(signal.SIGINT) == 0
    assert site.left() == {}
    with sqlite3.connect(site.var_dir / "db.sqlite3") as database:
        database.execute("UPDATE chat_message SET body = 'still here' WHERE id = 1")
    before = messages(site)
    again = run()
    again.wait_for("Ctrl-C stops everything")
    assert messages(again) == before
    assert again.stop(signal.SIGHUP) == 0
    assert again.left() == {}


def test_a_taken_port_is_one_line_and_leaves_no_process(run, port):
    with socket.create_server(("127.0.0.1", port)):
        site = run()
        assert site.exit_code() == 1
    assert len(site.lines) == 1
    assert f"port {port}" in site.lines[0]
    assert site.left() == {}


@pytest.mark.parametrize("value", ["abc", "99999", "-1", "0"])
def test_an_invalid_port_is_one_line(command, value):
    site = command("-m", "chatsite.run", PORT=value)
    assert site.exit_code() == 1
    assert len(site.lines) == 1
    assert f"PORT={value}" in site.lines[0]


def test_a_process_that_dies_ends_the_site_with_one_line(site):
    os.killpg(pid_of(site, "web"), signal.SIGKILL)
    assert site.exit_code() == 1
    assert site.lines[-1] == "The process web ended, so everything was stopped."
    assert site.left() == {}


def test_a_valkey_that_dies_ends_the_site_with_one_line(site):
    os.kill(valkey_pid(site), signal.SIGKILL)
    assert site.exit_code() == 1
    assert site.lines[-1] == "The process valkey ended, so everything was stopped."
    assert site.left() == {}


def test_a_killed_launcher_ends_the_site_which_can_start_again(site, run):
    os.kill(site.process.pid, signal.SIGKILL)
    wait_until(lambda: site.left() == {})
    again = run()
    again.wait_for("Ctrl-C stops everything")
    assert again.stop(signal.SIGTERM) == 0
    assert again.left() == {}


def test_a_signal_before_the_site_is_up_leaves_no_process(run):
    site = run()
    wait_until(lambda: (site.var_dir / "valkey" / "valkey.pid").exists())
    assert site.stop(signal.SIGTERM) == 1
    assert site.lines[-1] == "Stopped before it was up."
    assert site.left() == {}


def test_an_invalid_setting_is_one_line(command):
    site = command("-m", "chatsite.run", ONLINE_LAST_MINUTES="soon")
    assert site.exit_code() == 1
    assert site.lines == [
        "A setting cannot be used. ONLINE_LAST_MINUTES must be a number, not 'soon'."
    ]


def test_a_failing_check_stops_the_start(command):
    site = command("-m", "chatsite.run", ONLINE_LAST_MINUTES="0", PORT=str(free_port()))
    assert site.exit_code() == 1
    assert "presence.E004" in "\n".join(site.lines)
    assert site.left() == {}


INHERITING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
os.close(0)
os.execv(sys.executable, [sys.executable, "-m", "chatsite.run"])
"""


@pytest.fixture
def background_site(command, port):
    """Starts the site with a parent that ignores and blocks signals, like nohup without a
    terminal."""
    site = command("-c", INHERITING, PORT=str(port))
    site.wait_for("Ctrl-C stops everything")
    return site


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_a_signal_that_its_parent_ignored_or_blocked(background_site, port, signum):
    os.kill(background_site.process.pid, signal.SIGHUP)
    assert status_of(f"http://localhost:{port}/healthz") == 200
    assert background_site.stop(signum) == 0
    assert background_site.left() == {}
