"""chat/README.md and docs/configuration.md are correct: another project, every setting."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from chat.rate_limits.table import LIMITS
from tests.chatsite.processes import ROOT

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
READ_BY_MAKE = {"PORT"}

TALK = """
import uuid
from django.contrib.auth.models import User
from django.test import Client, override_settings
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
with override_settings(CHAT={"ROOMS_PER_MINUTE": 0.1}):
    assert client.post("/rooms/new/", {"name": "Garden"}).status_code == 302
    refused = client.post("/rooms/new/", {"name": "Kitchen"})
assert refused.status_code == 429
assert b"Kitchen" in refused.content
assert client.get("/rooms/999/").status_code == 404
"""


ROUTER = """

class Router:
    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "chat" else "other"

    def db_for_write(self, model, **hints):
        return "other"

    def allow_migrate(self, db, app_label, **hints):
        return db == "other"


names = ("default", "other", "replica")
DATABASES = {name: {**DATABASES["default"], "NAME": BASE_DIR / name} for name in names}
DATABASE_ROUTERS = ["mysite.settings.Router"]
"""
USE_ALL = """
import uuid
from django.contrib.auth.models import User
from django.test import Client
from chat.models import Message, Room
from chat.services import archiving, editing, memberships, posting, room_deletion, rooms
alice, bob = (User.objects.create_user(name) for name in ("alice", "bob"))
client = Client(SERVER_NAME="localhost")
client.force_login(alice)
room, talk = rooms.create(alice, "General"), rooms.direct(alice, [bob.pk])
first = posting.post(alice, room.pk, uuid.uuid4(), "Hello @bob").message
posting.post(bob, talk.pk, uuid.uuid4(), "Good morning")
memberships.add(room, bob)
editing.edit(alice, first.pk, "Hello, @bob")
editing.react(bob, first.pk, "👍", True)
own = f"/rooms/{room.pk}/"
for page in ("/", "/sidebar/", "/jump/?q=gen", "/people/?q=bo", f"/people/names/?ids={bob.pk}",
             own, f"{own}members/", f"{own}messages/1/", f"{own}names/?q=b", "/online/"):
    assert client.get(page).status_code == 200, page
assert client.post(f"{own}messages/", {"body": "Hi"}).status_code == 302
assert client.post(f"{own}name/", {"name": "Garden"}).status_code == 302
archiving.archive(alice, room.pk)
archiving.restore(alice, room.pk)
bob.delete()
assert b"Former member" in client.get(f"/rooms/{talk.pk}/").content
room_deletion.delete(alice, room.pk)
room_deletion.delete_rows.func(room.pk)
assert list(Room.objects.values_list("pk", flat=True)) == [talk.pk]
assert Message.objects.count() == 1
"""


@pytest.fixture
def project(tmp_path):
    """A new project with the lines of chat/README.md."""
    django_admin("startproject", "mysite", str(tmp_path), cwd=tmp_path)
    for folder in ("chat", "presence", "tasks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    text = (ROOT / "chat" / "README.md").read_text()
    settings_lines, urls_lines, asgi = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[:3]
    settings_lines = settings_lines.replace("redis://localhost:6379/0", settings.REDIS_URL)
    with (tmp_path / "mysite" / "settings.py").open("a") as file:
        file.write(f"\n{settings_lines}")
    with (tmp_path / "mysite" / "urls.py").open("a") as file:
        file.write(f"\n{urls_lines}")
    (tmp_path / "mysite" / "asgi.py").write_text(asgi)
    return tmp_path


def django_admin(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "django", *arguments]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(cwd)}
    if (cwd / "mysite").exists():
        env["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stderr


def test_the_chat_works_in_another_project(project):
    """presence and tasks: tests/presence/test_projects.py and tests/examples/test_tasks.py."""
    warnings = django_admin("check", cwd=project)
    assert "chat.W011" in warnings  # SQLite as startproject sets it
    assert len(re.findall(r"^\S*: \(", warnings, re.MULTILINE)) == 1, warnings
    django_admin("migrate", "--verbosity=0", cwd=project)
    django_admin("makemigrations", "--check", "--dry-run", cwd=project)
    django_admin("shell", "--verbosity=0", "--command", TALK, cwd=project)


def test_a_router_chooses_the_database_of_chat(project):
    """Nothing is read from a replica, which has no tables here, nor from the default database."""
    with (project / "mysite" / "settings.py").open("a") as file:
        file.write(ROUTER)
    django_admin("check", cwd=project)
    django_admin("migrate", "--database=other", "--verbosity=0", cwd=project)
    django_admin("shell", "--verbosity=0", "--command", USE_ALL, cwd=project)


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
