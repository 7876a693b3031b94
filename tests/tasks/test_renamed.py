"""A copy of the folder with another name, in a project that has an app of its own named tasks."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tasks.api import PACKAGE
from tests.tasks.processes import ROOT

CODE = ROOT / "tasks"

FILES = {
    "project/__init__.py": "",
    "project/settings.py": """
        SECRET_KEY = "tests"
        USE_TZ = DEBUG = True
        INSTALLED_APPS = [
            "FOLDER", "tasks", *BACKPORT,
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
            "django.contrib.messages", "django.contrib.sessions", "django.contrib.staticfiles",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ]
        TEMPLATES = [{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }]
        ROOT_URLCONF = "project.urls"
        STATIC_URL = "/static/"
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        TASKS = {"default": {
            "BACKEND": "FOLDER.backend.RedisQueueBackend", "OPTIONS": {"redis_url": "REDIS"},
        }}
    """,
    "project/urls.py": """
        from django.contrib import admin
        from django.urls import path

        urlpatterns = [path("admin/", admin.site.urls)]
    """,
    "tasks/__init__.py": "",
    "tasks/models.py": """
        from django.db import models

        from FOLDER import task

        class Queue(models.Model):
            name = models.CharField(max_length=20)

        class Task(models.Model):
            queue = models.ForeignKey(Queue, models.CASCADE)

        @task(max_attempts=2)
        def count():
            return Task.objects.count()
    """,
    "tasks/admin.py": """
        from django.contrib import admin

        from .models import Queue, Task

        admin.site.register([Queue, Task])
    """,
    "tasks/management/commands/tasks.py": """
        from django.core.management.base import BaseCommand

        class Command(BaseCommand):
            def handle(self, **options):
                self.stdout.write("the project's own command")
    """,
}

SCRIPT = """
from django.contrib.auth.models import Permission, User
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from FOLDER.api import task_backends
from FOLDER.backend import RedisQueueBackend
from tasks.models import Queue, Task, count

assert type(task_backends["default"]) is RedisQueueBackend
Task.objects.create(queue=Queue.objects.create(name="mine"))
result = count.using(owner="7").enqueue()
call_command("runworker", "--batch", "--threads", "1")
call_command("showqueues")
call_command("tasks")
result.refresh()
assert result.return_value == 1, result

client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.create_superuser("alice"))
for url in (
    "", "task_queue/", "task_queue/queue/", "task_queue/queue/default/queue/default/?state=done",
    f"task_queue/queue/default/task/{result.id}/", "tasks/queue/", "tasks/task/",
    "tasks/task/1/change/",
):
    response = client.get(f"/admin/{url}")
    assert response.status_code == 200, (url, response.status_code)
task = client.get(f"/admin/task_queue/queue/default/task/{result.id}/").content.decode()
assert "tasks.models.count" in task and "Run again" in task
response = client.post(f"/admin/task_queue/queue/default/task/{result.id}/", {"action": "discard"})
assert response.url == "/admin/task_queue/queue/default/queue/default/"
assert "task_queue/admin.css" in task and finders.find("task_queue/admin.css")
labels = Permission.objects.filter(codename="view_queue").values_list("content_type__app_label")
assert sorted(labels) == [("task_queue",), ("tasks",)], labels
"""


@pytest.fixture(params=["queueing", "vendor.queueing"])
def project(request, tmp_path) -> Path:
    name = request.param
    for path, text in {**FILES, "script.py": SCRIPT}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        text = re.sub("^        ", "", text, flags=re.MULTILINE)
        text = text.replace("FOLDER", name).replace("REDIS", settings.REDIS_URL)
        text = text.replace("*BACKPORT", f'"{PACKAGE}"' if PACKAGE == "django_tasks" else "")
        (tmp_path / path).write_text(text)
    folder = tmp_path / name.replace(".", "/")
    shutil.copytree(CODE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(project: Path, *arguments: str) -> str:
    env = {"PATH": os.defpath, "DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONPATH": "."}
    command = [sys.executable, "-W", "error::RuntimeWarning", *arguments]
    process = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_a_renamed_copy_works_beside_an_app_named_tasks(backend, project):
    django = ["-m", "django"]
    run(project, *django, "makemigrations", "tasks")
    run(project, *django, "migrate", "--verbosity=0")
    run(project, *django, "check", "--fail-level", "WARNING")
    run(project, *django, "makemigrations", "--check", "--dry-run")
    run(project, "-c", "import django; django.setup(); exec(open('script.py').read())")
    shown = run(project, *django, "runworker", "--batch")
    assert "__main__" not in shown


def test_no_module_names_the_package():
    for path in CODE.rglob("*.py"):
        assert not re.search(r"^\s*(from|import) tasks\b|[\"']tasks\.\w", path.read_text(), re.M), (
            path
        )
