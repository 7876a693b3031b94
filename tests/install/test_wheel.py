"""The wheel has everything: an empty environment with it runs the site, in any folder."""

import os
import re
import signal
import subprocess
import sys
import time
import zipfile

import httpx
import pytest

from tests.install.environments import ROOT, pip_install
from tests.ports import free_port

START_SECONDS = 120
STOP_SECONDS = 20
FILES = (".html", ".css", ".js", ".svg", ".lua", ".txt", ".po", ".mo", "py.typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip_install(folder / "bin" / "python", [str(wheel)])
    return folder / "bin" / "python"


def test_it_has_every_file_that_is_no_code(wheel):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    packages = ("chat/", "chatsite/", "presence/", "tasks/")
    expected = {
        f"chatsite/{path}" if path.startswith("templates/") else path
        for path in listed.stdout.split()
        if path.startswith((*packages, "templates/")) and path.endswith(FILES)
    }
    assert len(expected) > 200
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def test_it_asks_for_minimum_versions(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    metadata = archive.read(name).decode()
    lines = re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE)
    required = [line for line in lines if "extra ==" not in line]
    assert len(required) > 20
    assert all(re.fullmatch(r"[\w.\[\]-]+>=[\w.]+", line) for line in required), required


def test_the_command_runs_the_site(python, tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [python.parent / "chatsite", "run"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": os.environ["HOME"], "PORT": str(port)},
        start_new_session=True,
    )
    try:
        sign_in(f"http://localhost:{port}", process)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0
    assert (tmp_path / "var" / "db.sqlite3").exists()


def sign_in(url, process):
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=url, follow_redirects=True) as browser:
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            try:
                page = browser.get("/accounts/login/").text
                break
            except httpx.TransportError:
                time.sleep(0.2)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        form = {"login": "pablo", "password": "password123", "csrfmiddlewaretoken": token}
        home = browser.post("/accounts/login/", data=form)
        assert home.status_code == 200
        assert "General" in home.text
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', home.text):
            assert browser.get(path).status_code == 200, path
        assert browser.get("/online/").status_code == 200
