"""Django's own tests of the Tasks API pass with our backends. django_suite/left_out.py lists the
tests that do not apply. Django's source is downloaded once, into the virtual environment."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from tests.tasks.django_suite.left_out import LEFT_OUT
from tests.tasks.processes import ROOT

HERE = Path(__file__).parent / "django_suite"
REQUIREMENTS = HERE / "requirements.txt"
CACHE = Path(sys.prefix) / "django_suite"
DOWNLOAD = ["download", "--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes"]
FOR_DJANGO_6 = ["--python-version=3.12"]  # this Python may be older
TESTS = 74


@pytest.fixture(scope="session")
def suite() -> Path:
    """Returns the folder tests/tasks of Django's source."""
    wanted = REQUIREMENTS.read_bytes()
    if not CACHE.exists() or (CACHE / REQUIREMENTS.name).read_bytes() != wanted:
        with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
            download(Path(folder))
    return CACHE / "tasks"


def download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", *DOWNLOAD, *FOR_DJANGO_6, "-r", str(REQUIREMENTS)]
    done = subprocess.run([*command, "-d", str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"Django's source cannot be downloaded: {done.stderr[-300:]}")
    source = next(folder.glob("*.tar.gz"))
    with tarfile.open(source) as archive:
        parts = [one for one in archive if "/tests/tasks/" in one.name and one.isfile()]
        archive.extractall(folder, parts, filter="data")
    new = folder / "new"
    shutil.copytree(next(folder.glob("*/tests/tasks")), new / "tasks")
    shutil.copy(REQUIREMENTS, new)
    shutil.rmtree(CACHE, ignore_errors=True)
    new.rename(CACHE)


@pytest.mark.parametrize("kind", ["redis", "memory"])
def test_the_suite_passes(backend, suite, tmp_path, kind):
    shutil.copytree(suite, tmp_path / "tasks")
    shutil.copytree(ROOT / "tasks", tmp_path / "queueing")
    command = [sys.executable, str(HERE / "run.py"), kind, str(tmp_path)]
    env = {"PATH": os.defpath, "REDIS_URL": settings.REDIS_URL}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout.splitlines()[-1])
    failures = {test: text for test, text in outcomes.items() if text != "passed"}
    assert not failures, "\n\n".join(failures.values())
    assert len(outcomes) == TESTS - len(LEFT_OUT)
