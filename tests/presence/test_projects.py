"""Projects that have nothing of the site, each in a process of its own (projects/)."""

import os
import re
import subprocess
import sys

import pytest

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


def test_the_page_of_a_project_without_translations():
    run("page.py", NO_TRANSLATIONS="1")


def test_languages():
    run("languages.py", USER_MODEL="users.StaffUser", ADMIN="1", LANGUAGES="1")


@pytest.mark.parametrize(
    ("model", "databases"),
    [("UuidUser", ""), ("TextUser", ""), ("NumberUser", ""), ("ChildUser", "presence")],
)
def test_users_with_any_primary_key(model, databases):
    run("any_key.py", USER_MODEL=f"users.{model}", OTHER_DATABASES=databases)


@pytest.mark.parametrize("databases", ["", "presence"])
def test_the_admin(databases):
    run("admin.py", USER_MODEL="users.StaffUser", OTHER_DATABASES=databases, ADMIN="1")


def test_an_unsupported_primary_key_is_reported():
    run("unsupported_key.py", USER_MODEL="users.BytesUser")


def test_the_example_has_the_lines_of_the_readme():
    readme = (ROOT / "presence" / "README.md").read_text()
    settings, urls, *_ = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    project = ROOT / "examples" / "presence" / "project"
    assert settings in (project / "settings.py").read_text()
    assert urls in (project / "urls.py").read_text()
