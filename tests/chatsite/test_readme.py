"""README.md and docs/configuration.md are correct: each app in another project, every setting."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from chat.rate_limits.table import LIMITS
from tests.chatsite.processes import ROOT

README = (ROOT / "README.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
READ_BY_MAKE = {"PORT"}

TEMPLATES = {
    "presence": [],
    "tasks": [],
    "chat": ["base.html", "chat", "presence", "admin"],
}
FOLDERS = {"presence": ["presence"], "tasks": ["tasks"], "chat": ["chat", "presence", "tasks"]}

MARK = """
import presence
from django.contrib.auth.models import User
from django.test import Client
alice = User.objects.create_user("alice")
client = Client(SERVER_NAME="localhost")
client.force_login(alice)
client.get("/admin/")
assert presence.is_online([alice.pk]) == {alice.pk}
"""
QUEUE = """
from django.core.management import call_command
from mysite.jobs import add
result = add.enqueue(1, 2)
call_command("runworker", "--batch")
result.refresh()
assert result.return_value == 3, result.status
"""
TALK = """
import uuid
from django.contrib.auth.models import User
from django.test import Client
from chat.services import posting, rooms
from chat.models import Message
from mysite.asgi import application
alice = User.objects.create_user("alice")
client = Client(SERVER_NAME="localhost")
client.force_login(alice)
room = rooms.create(alice, "General")
posting.post(alice, room.pk, uuid.uuid4(), "Good morning")
assert b"Good morning" in client.get(f"/rooms/{room.pk}/").content
assert client.get("/online/").status_code == 200
assert client.post(f"/rooms/{room.pk}/messages/", {"body": "Hello"}).status_code < 400
assert Message.objects.count() == 2
"""
TRY = {"presence": MARK, "tasks": QUEUE, "chat": TALK}


def blocks(app: str) -> list[str]:
    section = README.partition(f"\n### {app}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def project(tmp_path):
    """Creates a project with one app, as the README describes."""

    def make(app: str) -> Path:
        django_admin("startproject", "mysite", str(tmp_path), cwd=tmp_path)
        for folder in FOLDERS[app]:
            shutil.copytree(ROOT / folder, tmp_path / folder)
        for template in TEMPLATES[app]:
            copy(ROOT / "templates" / template, tmp_path / "templates" / template)
        first, *others = blocks(app)
        first = first.replace("redis://localhost:6379/0", settings.REDIS_URL)
        with (tmp_path / "mysite" / "settings.py").open("a") as file:
            file.write(f"\n{first}")
        for name, text in zip(["urls.py", "asgi.py"], others, strict=False):
            (tmp_path / "mysite" / name).write_text(text)
        return tmp_path

    return make


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def django_admin(*arguments: str, cwd: Path, script: str = "") -> None:
    command = [sys.executable, "-m", "django", *arguments]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(cwd)}
    if (cwd / "mysite").exists():
        env["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    result = subprocess.run(
        command, cwd=cwd, env=env, input=script, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("app", ["presence", "tasks", "chat"])
def test_an_app_works_in_another_project(project, app):
    folder = project(app)
    (folder / "mysite" / "jobs.py").write_text(
        "from tasks import task\n\n\n@task\ndef add(a, b):\n    return a + b\n"
    )
    django_admin("check", cwd=folder)
    django_admin("migrate", "--verbosity=0", cwd=folder)
    django_admin("makemigrations", "--check", "--dry-run", cwd=folder)
    django_admin("shell", "--verbosity=0", "--command", TRY[app], cwd=folder)


def test_every_setting_that_is_read_is_in_the_table():
    source = (ROOT / "chatsite" / "settings.py").read_text()
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', source))
    read |= set(LIMITS)
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", CONFIGURATION, re.MULTILINE))
    assert documented == read | READ_BY_MAKE


def test_the_table_has_the_present_limits():
    documented = dict(re.findall(r"^\| `([A-Z_]+)` \| `(\d+)` \|", CONFIGURATION, re.MULTILINE))
    assert {name: documented[name] for name in LIMITS} == {
        name: str(limit.per_minute) for name, limit in LIMITS.items()
    }
