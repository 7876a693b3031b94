"""The Valkey of a data folder: never two, whichever process is killed; the last user stops it."""

import os
import signal
import tempfile

import pytest
import redis
import redis.asyncio
from asgiref.sync import sync_to_async
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured

import presence.connection
from chatsite.dev import embedded_valkey
from tasks.redis.broker import RedisBroker
from tasks.redis.client import get_client
from tests.chatsite.processes import wait_until
from tests.redis_settings import use_redis

HOLDER = """
import signal
from chatsite.dev import embedded_valkey
with embedded_valkey.running() as valkey:
    print("url", valkey.url)
    signal.pause()
"""


@pytest.fixture
def folder(tmp_path, settings):
    """Returns the data folder of the Valkey that `embedded_valkey.running()` starts in this
    process."""
    settings.EMBEDDED_VALKEY, settings.VAR_DIR = True, tmp_path / "var"
    yield embedded_valkey.data_folder(settings.VAR_DIR)
    embedded_valkey.Server(embedded_valkey.data_folder(settings.VAR_DIR)).kill()


@pytest.fixture
def holder(command):
    """Starts another process that uses the same Valkey."""

    def start():
        holder = command("-c", HOLDER, DJANGO_SETTINGS_MODULE="chatsite.settings")
        holder.wait_for("url")
        return holder

    return start


def mode_of(path) -> int:
    return path.stat().st_mode & 0o777


def pid(folder) -> int:
    return int((folder / "valkey.pid").read_text())


def test_valkey_runs_as_long_as_it_is_needed(folder):
    with embedded_valkey.running() as valkey:
        assert embedded_valkey.responds(valkey.socket)
    assert not embedded_valkey.responds(valkey.socket)
    assert not embedded_valkey.is_running(folder)


def test_data_is_there_after_a_restart(folder):
    with embedded_valkey.running() as valkey, redis.Redis.from_url(valkey.url) as client:
        client.set("greeting", "hello")
    with embedded_valkey.running() as again, redis.Redis.from_url(again.url) as client:
        assert client.get("greeting") == b"hello"
    assert again.url == valkey.url


def test_it_listens_on_its_socket_only(folder):
    with embedded_valkey.running() as valkey, redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("port")["port"] == "0"
        assert client.config_get("tls-port")["tls-port"] == "0"
    assert valkey.socket.parent == folder
    assert mode_of(folder) == 0o700


NAMES = [
    "two words",
    "#1",
    "what?",
    "100%",
    "a%20b",
    "комната ❤",
    "a,b",
    "it's",
    '"q"',
    "a\\b",
    "a;b",
]


@pytest.mark.parametrize("name", [*NAMES, "line\nbreak", "x" * 120, "é" * 120])
async def test_every_library_connects_for_any_name_of_the_folder(tmp_path, settings, name):
    server = embedded_valkey.Server(tmp_path / name)
    use_redis(settings, server.url)
    settings.CACHES = {
        alias: {**cache, "LOCATION": server.url} for alias, cache in settings.CACHES.items()
    }
    try:
        server.start()
        assert await sync_to_async(uses_it)(server.url)
        async with redis.asyncio.Redis.from_url(server.url) as client:
            assert await client.get("written") == b"1"
        layer = RedisPubSubChannelLayer(hosts=[server.url])
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "hello"})
        assert await layer.receive(channel) == {"type": "hello"}
        await layer.flush()
    finally:
        server.kill()


def uses_it(url) -> bool:
    """Uses the address with the clients of presence, of the task queue and of the caches."""
    presence.connection.client().set("written", "1")
    RedisBroker(get_client((url, None)), "default").heartbeat("a-worker", [])
    caches["sessions"].set("a", {"b": 1})
    return caches["sessions"].get("a") == {"b": 1}


def test_a_long_path_gets_a_short_folder_of_this_user(tmp_path):
    path = embedded_valkey.socket_path(tmp_path / ("x" * 120))
    assert path == embedded_valkey.socket_path(tmp_path / ("x" * 120))
    assert path != embedded_valkey.socket_path(tmp_path / ("y" * 120))
    assert mode_of(path.parent) == 0o700
    path.parent.rmdir()
    embedded_valkey.socket_path(tmp_path / ("y" * 120)).parent.rmdir()


@pytest.fixture
def short_folder(tmp_path, monkeypatch):
    """Returns the folder that replaces the long path, which does not exist yet."""
    with tempfile.TemporaryDirectory() as shorter:  # than tmp_path
        monkeypatch.setattr(tempfile, "tempdir", shorter)
        folder = embedded_valkey.socket_path(tmp_path / LONG).parent
        folder.rmdir()
        yield folder


LONG = "x" * 120


def test_an_open_short_folder_is_made_private(tmp_path, short_folder):
    short_folder.mkdir()
    short_folder.chmod(0o777)
    embedded_valkey.socket_path(tmp_path / LONG)
    assert mode_of(short_folder) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_short_folder_of_another_user_is_refused(tmp_path, short_folder):
    short_folder.mkdir()
    os.chown(short_folder, 12345, 12345)
    with pytest.raises(ImproperlyConfigured, match="does not belong to this user"):
        embedded_valkey.socket_path(tmp_path / LONG)


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_in_place_of_the_short_folder_is_refused(tmp_path, short_folder, target):
    (tmp_path / "elsewhere").mkdir()
    short_folder.symlink_to(tmp_path / target)
    with pytest.raises(ImproperlyConfigured, match="does not belong to this user"):
        embedded_valkey.socket_path(tmp_path / LONG)


def test_none_is_started_if_redis_url_names_a_server(folder, settings):
    settings.EMBEDDED_VALKEY = False
    with embedded_valkey.running() as valkey:
        assert valkey is None
    assert not folder.exists()


def test_two_processes_share_one_and_the_last_stops_it(folder, holder):
    first = holder()
    shared = pid(folder)
    with embedded_valkey.running() as valkey:
        assert pid(folder) == shared
        first.stop()
        assert embedded_valkey.responds(valkey.socket)
    assert not embedded_valkey.is_running(folder)


def test_a_valkey_of_a_killed_process_is_ended(folder, holder):
    killed = holder()
    left_over = pid(folder)
    killed.stop(signal.SIGKILL)
    assert embedded_valkey.is_running(folder)
    with embedded_valkey.running() as valkey:
        assert pid(folder) != left_over
        assert embedded_valkey.responds(valkey.socket)


def test_a_left_over_valkey_that_hangs_is_ended(folder, holder, monkeypatch):
    monkeypatch.setattr(embedded_valkey, "STOP_SECONDS", 0)
    killed = holder()
    left_over = pid(folder)
    killed.stop(signal.SIGKILL)
    os.kill(left_over, signal.SIGSTOP)
    with embedded_valkey.running() as valkey:
        assert pid(folder) != left_over
        assert embedded_valkey.responds(valkey.socket)


def test_there_are_never_two_on_one_data_folder(folder, monkeypatch):
    with embedded_valkey.running() as first:
        first.socket.unlink()  # so that the second one does not find it
        monkeypatch.setattr(embedded_valkey, "START_SECONDS", 0)
        second = embedded_valkey.Server(folder)
        with pytest.raises(RuntimeError):
            second.start()
        assert second.process is None


def test_a_failed_start_has_its_reason(folder):
    folder.mkdir(parents=True)
    (folder / "appendonlydir").write_text("in the way")
    with pytest.raises(RuntimeError, match=r"Valkey did not start: .+"), embedded_valkey.running():
        pass
    assert not embedded_valkey.is_running(folder)


def test_a_killed_valkey_can_be_started_again(folder):
    with embedded_valkey.running() as valkey:
        valkey.kill()
        assert not embedded_valkey.responds(valkey.socket)
        valkey.start()
        assert embedded_valkey.responds(valkey.socket)


def test_ctrl_c_does_not_reach_it(folder, holder):
    """The worker still needs Valkey while it stops."""
    process = holder()
    valkey = pid(folder)
    assert os.getpgid(valkey) != os.getpgid(process.process.pid)
    process.stop(signal.SIGINT)
    wait_until(lambda: not embedded_valkey.is_running(folder))
