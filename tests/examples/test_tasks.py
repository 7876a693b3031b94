"""examples/tasks has the lines of the app's README, and works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.tasks.processes import ROOT

DATABASES = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}'
EXAMPLE = ROOT / "examples" / "tasks"

SCRIPT = """
from django.core.management import call_command
from django.test import Client

client = Client(SERVER_NAME="localhost")
assert b"Export the room" in client.get("/").content
response = client.post("/export/")
page = client.get(response.url).content
assert b"Status: Ready" in page and b"refresh" in page
call_command("runworker", "--batch")
page = client.get(response.url).content
assert b"100 of 100 messages" in page and b"Result: exports/3.html" in page, page
assert b"refresh" not in page
assert client.get("/result/none/").status_code == 404
assert client.get("/export/").status_code == 405
"""


@pytest.fixture
def example(tmp_path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "example")
    shutil.copytree(ROOT / "tasks", tmp_path / "example" / "tasks")
    return tmp_path / "example"


@pytest.fixture
def blocks() -> list[str]:
    """Returns the Python blocks of the app's README."""
    readme = (ROOT / "tasks" / "README.md").read_text()
    return [block.partition("```")[0] for block in readme.split("```python\n")[1:]]


def run(example, *arguments: str) -> None:
    env = {"PATH": os.defpath, "REDIS_URL": settings.REDIS_URL}
    env["DJANGO_SETTINGS_MODULE"] = "project.settings"
    subprocess.run([sys.executable, *arguments], cwd=example, env=env, check=True)


def test_the_page_queues_a_task_and_shows_its_result(example):
    run(example, "manage.py", "check", "--fail-level", "WARNING")
    run(example, "-c", f"import django; django.setup()\n{SCRIPT}")


def test_the_readme_shows_how_to_test_it(example, blocks):
    with (example / "project" / "settings.py").open("a") as file:
        file.write(f"{blocks[2]}\n{DATABASES}")
    imports = "from project.jobs import export_room\n"
    (example / "project" / "tests.py").write_text(imports + blocks[3])
    run(example, "manage.py", "test", "project")


def test_its_lines_are_those_of_the_readme(blocks):
    written = [path.read_text() for path in EXAMPLE.rglob("*.py")]
    lines = {line.strip() for text in written for line in text.splitlines()}
    assert set(map(str.strip, blocks[0].splitlines())) - lines == {
        '"OPTIONS": {"redis_url": "redis://localhost:6379/0"},'
    }
    assert '@task(queue_name="exports", max_attempts=3, takes_context=True)' in lines
