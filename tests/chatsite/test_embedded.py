"""The Valkey of a data folder: never two, whoever is killed; stopped by the last who needs it."""

import os
import signal
import socket

import pytest
import redis

from chatsite import embedded
from tests.chatsite.processes import wait_until

HOLDER = """
import signal
from chatsite import embedded
with embedded.running() as valkey:
    print("port", valkey.port)
    signal.pause()
"""


@pytest.fixture
def folder(tmp_path, settings):
    """The data folder of the Valkey that `embedded.running()` starts in this process."""
    settings.EMBEDDED_VALKEY, settings.VAR_DIR = True, tmp_path / "var"
    yield embedded.data_folder(settings.VAR_DIR)
    embedded.Server(embedded.data_folder(settings.VAR_DIR), 0).kill()


@pytest.fixture
def holder(command):
    """Another process that needs the same Valkey."""

    def start():
        holder = command("-c", HOLDER, DJANGO_SETTINGS_MODULE="chatsite.settings")
        holder.wait_for("port")
        return holder

    return start


def pid(folder) -> int:
    return int((folder / "valkey.pid").read_text())


def test_it_runs_as_long_as_it_is_needed(folder):
    with embedded.running() as valkey:
        assert embedded.answers(valkey.port)
    assert not embedded.answers(valkey.port)
    assert not embedded.lives(folder)


def test_what_was_written_is_there_the_next_time_on_the_same_port(folder):
    with embedded.running() as valkey, redis.Redis(port=valkey.port) as client:
        client.set("greeting", "hello")
    with embedded.running() as again, redis.Redis(port=again.port) as client:
        assert client.get("greeting") == b"hello"
    assert again.port == valkey.port


def test_none_is_started_where_redis_url_names_a_server(folder, settings):
    settings.EMBEDDED_VALKEY = False
    with embedded.running() as valkey:
        assert valkey is None
    assert not folder.exists()


def test_two_processes_share_one_and_the_last_one_stops_it(folder, holder):
    first = holder()
    shared = pid(folder)
    with embedded.running() as valkey:
        assert pid(folder) == shared
        first.stop()
        assert embedded.answers(valkey.port)
    assert not embedded.lives(folder)


def test_one_left_over_from_a_killed_process_is_ended(folder, holder):
    killed = holder()
    left_over = pid(folder)
    killed.stop(signal.SIGKILL)
    assert embedded.lives(folder)
    with embedded.running() as valkey:
        assert pid(folder) != left_over
        assert embedded.answers(valkey.port)


def test_one_left_over_that_hangs_is_ended_as_well(folder, holder, monkeypatch):
    monkeypatch.setattr(embedded, "STOP_SECONDS", 0)
    killed = holder()
    left_over = pid(folder)
    killed.stop(signal.SIGKILL)
    os.kill(left_over, signal.SIGSTOP)
    with embedded.running() as valkey:
        assert pid(folder) != left_over
        assert embedded.answers(valkey.port)


def test_there_are_never_two_on_one_data_folder(folder, monkeypatch):
    with embedded.running():
        monkeypatch.setattr(embedded, "START_SECONDS", 0)
        second = embedded.Server(folder, embedded.free_port())
        with pytest.raises(RuntimeError):
            second.start()
        assert second.process is None


def test_a_port_that_something_else_has_is_given_up(folder):
    port = embedded.port(folder)
    with socket.create_server(("127.0.0.1", port)), embedded.running() as valkey:
        assert valkey.port != port
        assert embedded.port(folder) == valkey.port


def test_no_port_is_free(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(embedded, "PORTS", range(taken, taken + 1))
        with pytest.raises(OSError, match="No port is free"):
            embedded.free_port()


def test_the_port_stays_while_it_is_its_own_valkey_that_has_it(folder):
    with embedded.running() as valkey:
        assert embedded.port(folder) == valkey.port


def test_one_that_cannot_start_says_why(folder):
    folder.mkdir(parents=True)
    (folder / "appendonlydir").write_text("in the way")
    with pytest.raises(RuntimeError, match=r"Valkey did not start: .+"), embedded.running():
        pass
    assert not embedded.lives(folder)


def test_a_killed_one_can_be_started_again(folder):
    with embedded.running() as valkey:
        valkey.kill()
        assert not embedded.answers(valkey.port)
        valkey.start()
        assert embedded.answers(valkey.port)


def test_ctrl_c_does_not_reach_it(folder, holder):
    """The worker still needs it when it stops in order."""
    process = holder()
    valkey = pid(folder)
    assert os.getpgid(valkey) != os.getpgid(process.process.pid)
    process.stop(signal.SIGINT)
    wait_until(lambda: not embedded.lives(folder))
