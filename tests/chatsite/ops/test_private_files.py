"""Only the user of the site can read its data, and a path that cannot be used is reported in one
line."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from chatsite.ops import private_files
from tests.chatsite.processes import ROOT
from tests.ports import free_port

OTHERS = 0o077
LONG = "x" * 300


def modes(folder: Path) -> dict[str, str]:
    """Returns the access of others to the folder and everything in it."""
    found = [folder, *folder.rglob("*")]
    found = [path for path in found if path.lstat().st_mode & OTHERS]
    return {str(path): stat.filemode(path.lstat().st_mode) for path in found}


@pytest.fixture
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077], indirect=True, ids=oct)
@pytest.mark.usefixtures("umask")
def test_the_whole_folder_is_private(command):
    site = command("-m", "chatsite.run", PORT=str(free_port()))
    site.wait_for("Ctrl-C stops everything")
    names = {path.name for path in site.var_dir.rglob("*")}
    assert names >= {"db.sqlite3", "db.sqlite3-wal", "secret_key", "valkey.log", "valkey.sock"}
    assert modes(site.var_dir) == {}
    assert site.stop(signal.SIGINT) == 0
    assert modes(site.var_dir) == {}


EXPORT = """
import django
django.setup()
from django.core.files.base import ContentFile
from chat.storage import private_storage
private_storage().save("exports/a.json", ContentFile(b"{}"))
"""


@pytest.mark.parametrize("umask", [0o022, 0o000], indirect=True, ids=oct)
@pytest.mark.usefixtures("umask")
def test_exports_are_private(command):
    export = command("-c", EXPORT, DJANGO_SETTINGS_MODULE="chatsite.settings")
    assert export.exit_code() == 0, export.lines
    assert (export.var_dir / "chat" / "exports" / "a.json").exists()
    assert modes(export.var_dir) == {}


def test_open_files_become_private_at_the_start(command, tmp_path):
    folder = tmp_path / "var"
    folder.mkdir()
    sqlite3.connect(folder / "db.sqlite3").execute("CREATE TABLE t (a)").connection.close()
    (folder / "secret_key").write_text("x" * 50)
    for path in [folder, *folder.iterdir()]:
        path.chmod(0o777)
    assert command("manage.py", "check").exit_code() == 0
    assert modes(folder) == {}


def test_a_folder_that_others_need_stays_open(tmp_path):
    for folder, public in [("shared", "shared"), ("parent", "parent/static")]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder).chmod(0o755)
        private_files.secure_folder(tmp_path / folder, "VAR_DIR", public=[tmp_path / public])
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o755
    (tmp_path / "sticky").mkdir()
    (tmp_path / "sticky").chmod(0o1777)
    private_files.secure_folder(tmp_path / "sticky", "VAR_DIR")
    assert (tmp_path / "sticky").stat().st_mode & 0o7777 == 0o1777


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_folder_of_another_user_stays_as_it_is(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, 12345, 12345)
    private_files.secure_folder(folder, "VAR_DIR")
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("umask", [0o077, 0o000], indirect=True, ids=oct)
@pytest.mark.usefixtures("umask")
def test_static_files_are_readable_by_all_and_writable_by_the_owner(command, tmp_path):
    static = tmp_path / "static"
    collect = command(
        "manage.py", "collectstatic", "--no-input", STATIC_ROOT=str(static), DEBUG="False",
        SECRET_KEY="x" * 50,
    )  # fmt: skip
    assert collect.exit_code() == 0, collect.lines
    found = [static, *static.rglob("*")]
    assert {path.suffix for path in found} >= {".css", ".js", ".gz", ".json"}
    for path in found:
        mode = path.stat().st_mode & 0o777
        assert mode == (0o755 if path.is_dir() else 0o644), path


@pytest.fixture
def broken(request, tmp_path) -> Path:
    """Returns a path that cannot become a folder."""
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return tmp_path / request.param


FOLDERS = ["file", "file/below", "dangling", "dangling/below", "loop", LONG, "a/" + LONG]
COMMANDS = [["-m", "chatsite.run"], ["-m", "chatsite.server"], ["manage.py", "check"]]


def only_line(started) -> str:
    assert started.exit_code() == 1
    (line,) = started.lines
    return line


@pytest.mark.parametrize("broken", FOLDERS, indirect=True)
def test_a_folder_that_cannot_be_created_is_named(broken):
    with pytest.raises(ImproperlyConfigured) as refusal:
        private_files.secure_folder(broken, "VAR_DIR", public=[broken.parent])
    assert str(refusal.value).startswith(f"VAR_DIR: {broken} cannot be used")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("arguments", COMMANDS, ids=str)
@pytest.mark.parametrize("broken", ["file/below"], indirect=True)
def test_a_data_folder_that_cannot_be_created_is_one_line(command, broken, arguments):
    line = only_line(command(*arguments, VAR_DIR=str(broken)))
    assert line.startswith(f"A setting cannot be used. VAR_DIR: {broken} cannot be used")


@pytest.mark.parametrize("name", ["db.sqlite3", "secret_key", "valkey"])
@pytest.mark.parametrize("what", ["link", "other"])
def test_an_obstacle_in_the_data_folder_is_one_line(command, tmp_path, name, what):
    path = tmp_path / "var" / name
    path.parent.mkdir()
    if what == "link":
        path.symlink_to("gone")
    else:
        path.touch() if name == "valkey" else path.mkdir()
    run = command("-m", "chatsite.run", PORT=str(free_port()))
    assert f"VAR_DIR: {path} cannot be used" in only_line(run)
    path.unlink() if path.is_symlink() or name == "valkey" else path.rmdir()


@pytest.mark.parametrize("name", ["users", "lock", "valkey.log", "valkey.pid"])
@pytest.mark.parametrize("what", ["link", "folder"])
def test_an_obstacle_to_valkey_is_one_line(command, tmp_path, name, what):
    path = tmp_path / "var" / "valkey" / name
    path.parent.mkdir(parents=True)
    path.symlink_to("gone") if what == "link" else path.mkdir()
    run = command("-m", "chatsite.run", PORT=str(free_port()))
    assert f"VAR_DIR: {path} cannot be used" in only_line(run)
    path.unlink() if path.is_symlink() else path.rmdir()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("db.sqlite3", b"\0" * 4096),
        ("db.sqlite3", b"PGDMP"),
        ("db.sqlite3", b"SQLite format 2"),
        ("secret_key", b"\xff" * 50),
    ],
    ids=str,
)
@pytest.mark.parametrize("arguments", [["-m", "chatsite.run"], ["manage.py", "migrate"]], ids=str)
def test_a_file_of_another_kind_is_one_line(command, tmp_path, arguments, name, content):
    path = tmp_path / "var" / name
    path.parent.mkdir()
    path.write_bytes(content)
    line = only_line(command(*arguments, PORT=str(free_port())))
    assert line.startswith(f"A setting cannot be used. VAR_DIR: {path} cannot be used")
    assert path.read_bytes() == content


SERVERS = [
    ["uvicorn", "--port", "{port}", "chatsite.asgi:application"],
    ["granian", "--port", "{port}", "--interface", "asginl", "chatsite.asgi:application"],
    ["granian", "--port", "{port}", "--interface", "wsgi", "chatsite.wsgi:application"],
]


@pytest.mark.parametrize("arguments", SERVERS, ids=str)
@pytest.mark.parametrize("broken", ["file/below"], indirect=True)
def test_other_servers_report_it_without_a_traceback(command, broken, arguments):
    arguments = [part.format(port=free_port()) for part in arguments]
    server = command("-m", *arguments, VAR_DIR=str(broken))
    assert server.exit_code() != 0
    reported = [line for line in server.lines if "VAR_DIR" in line]
    assert [line.partition(" cannot be used. ")[0] for line in reported] == ["A setting"]
    assert not any("Traceback" in line for line in server.lines)


NOBODY = """
import os, pwd
del os.environ["HOME"]
pwd.getpwuid = {}.__getitem__
from chatsite import settings
"""


def test_a_user_without_a_home_can_run_it(command):
    """For example in a container that runs as a user who is not in /etc/passwd."""
    assert command("-c", NOBODY).exit_code() == 0


@pytest.mark.parametrize("name", ["nowhere/db.sqlite3", ".", LONG, "dangling", "file/below"])
def test_a_file_that_cannot_be_created_is_named(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL: .+ cannot be used"):
        private_files.secure_file(tmp_path / name, "DATABASE_URL")


def test_a_database_elsewhere_that_cannot_be_created_is_one_line(command, tmp_path):
    path = tmp_path / "nowhere" / "db.sqlite3"
    line = only_line(command("manage.py", "check", DATABASE_URL=f"sqlite:///{path}"))
    assert line.startswith(f"A setting cannot be used. DATABASE_URL: {path} cannot be used")


@pytest.mark.parametrize("broken", FOLDERS, indirect=True)
def test_static_files_that_cannot_be_written_are_an_error_of_the_command(settings, broken):
    settings.STATIC_ROOT = broken
    with pytest.raises(CommandError, match=r"STATIC_ROOT: .+ cannot be used"):
        call_command("collectstatic", interactive=False, verbosity=0)


def test_a_long_path_is_one_line(command, tmp_path):
    path = tmp_path / LONG
    collect = command("manage.py", "collectstatic", "--no-input", STATIC_ROOT=str(path))
    assert only_line(collect).startswith(f"CommandError: STATIC_ROOT: {path} cannot be used")


MOUNT = """
set -e
mount -t tmpfs -o size=1m tmpfs "$1"
mount -o remount,ro "$1"
cd "$3"
exec "$2" manage.py "$4" --no-input
"""


@pytest.mark.parametrize(
    ("setting", "arguments"), [("VAR_DIR", "migrate"), ("STATIC_ROOT", "collectstatic")]
)
def test_a_disk_that_cannot_be_written_to_is_one_line(tmp_path, setting, arguments):
    disk, var_dir = tmp_path / "disk", tmp_path / "var"
    disk.mkdir()
    environment = {**os.environ, "VAR_DIR": str(var_dir), setting: str(disk)}
    unshared = ["unshare", "--mount", "sh", "-c", MOUNT, "sh", disk, sys.executable, ROOT]
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("This user cannot mount anything.")
    ended = subprocess.run(
        [*unshared, arguments], env=environment, capture_output=True, text=True, check=False
    )
    (line,) = ended.stderr.splitlines()
    assert f"{setting}: {disk}" in line
    assert "this user cannot write to it" in line or "Read-only file system" in line
