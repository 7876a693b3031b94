"""examples/tasks has the lines of the app's README, and works."""

import os
import shutil
import subprocess
import sys

from django.conf import settings

from tests.tasks.processes import ROOT

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


def test_the_page_queues_a_task_and_shows_its_result(tmp_path):
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder)
    shutil.copytree(ROOT / "tasks", folder / "tasks")
    env = {"PATH": os.defpath, "REDIS_URL": settings.REDIS_URL}
    env["DJANGO_SETTINGS_MODULE"] = "project.settings"
    code = f"import django; django.setup()\n{SCRIPT}"
    for arguments in (["manage.py", "check", "--fail-level", "WARNING"], ["-c", code]):
        subprocess.run([sys.executable, *arguments], cwd=folder, env=env, check=True)


def test_its_lines_are_those_of_the_readme():
    readme = (ROOT / "tasks" / "README.md").read_text()
    blocks = [block.partition("```")[0] for block in readme.split("```python\n")[1:]]
    written = [path.read_text() for path in EXAMPLE.rglob("*.py")]
    lines = {line.strip() for text in written for line in text.splitlines()}
    assert set(map(str.strip, blocks[0].splitlines())) - lines == {
        '"OPTIONS": {"redis_url": "redis://localhost:6379/0"},'
    }
    assert '@task(queue_name="exports", max_attempts=3, takes_context=True)' in lines
