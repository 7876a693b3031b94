"""Projects that have nothing of the site, each in a process of its own (projects/)."""

import os
import subprocess
import sys

from tests.site import ROOT

FOLDER = "tests/presence/projects"
TIMEOUT_SECONDS = 120


def run(tests: str, **environment: str) -> None:
    arguments = ["-q", "-p", "no:cacheprovider", f"--confcutdir={FOLDER}", f"{FOLDER}/{tests}"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.presence.projects.settings"}
        | {"TEST_DATABASE": "", **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_page():
    run("page.py")
