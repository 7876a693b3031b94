"""A copy of the folder with another name, in a project that has an app of its own named tasks."""

import re

import pytest

from tests.tasks.projects import CODE, Project

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
        AUTH_USER_MODEL = "tasks.Person"
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

        from FOLDER.admin import QueueAdmin
        from FOLDER.models import Queue

        office = admin.AdminSite("office")
        office.register(Queue, QueueAdmin)
        urlpatterns = [path("admin/", admin.site.urls), path("office/", office.urls)]
    """,
    "tasks/__init__.py": "",
    "tasks/models.py": """
        import uuid

        from django.contrib.auth.models import AbstractUser
        from django.db import models

        from FOLDER import task

        class Person(AbstractUser):
            id = models.UUIDField(primary_key=True, default=uuid.uuid4)

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
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from FOLDER.api import task_backends
from FOLDER.backend import RedisQueueBackend
from tasks.models import Person, Queue, Task, count

assert type(task_backends["default"]) is RedisQueueBackend
alice = Person.objects.create_superuser("alice")
Task.objects.create(queue=Queue.objects.create(name="mine"))
result = count.using(owner=str(alice.pk)).enqueue()
call_command("runworker", "--batch", "--threads", "1")
call_command("showqueues")
call_command("tasks")
result.refresh()
assert (result.return_value, result.owner) == (1, str(alice.pk)), result

client = Client(SERVER_NAME="localhost")
client.force_login(alice)
def get(url):
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()

for url in ("", "task_queue/", "tasks/queue/", "tasks/task/", "tasks/task/1/change/"):
    get(f"/admin/{url}")
for site in ("admin", "office"):
    queues = f"/{site}/task_queue/queue/"
    queue, page = f"{queues}default/queue/default/", f"{queues}default/task/{result.id}/"
    assert f'href="{queue}"' in get(queues)
    assert f'href="{page}"' in get(f"{queue}?state=done")
    assert f'href="{queue}"' in get(page)
    assert str(alice.pk) in get(page) and "tasks.models.count" in get(page)
    assert client.post(page, {"action": "requeue"}).url == page
    call_command("runworker", "--batch")
assert client.post(page, {"action": "discard"}).url == queue
assert "task_queue/admin.css" in get(queues) and finders.find("task_queue/admin.css")
labels = Permission.objects.filter(codename="view_queue").values_list("content_type__app_label")
assert sorted(labels) == [("task_queue",), ("tasks",)], labels
"""


@pytest.mark.parametrize("name", ["queueing", "vendor.queueing"])
def test_a_renamed_copy_works_beside_an_app_named_tasks(backend, tmp_path, name):
    project = Project(tmp_path, FILES, name)
    project.django("makemigrations", "tasks")
    project.django("migrate", "--verbosity=0")
    project.django("check", "--fail-level", "WARNING")
    project.django("makemigrations", "--check", "--dry-run")
    project.script(SCRIPT.replace("FOLDER", name))
    project.django("runworker", "--batch")


def test_no_module_names_the_package():
    for path in CODE.rglob("*.py"):
        assert not re.search(r"^\s*(from|import) tasks\b|[\"']tasks\.\w", path.read_text(), re.M), (
            path
        )
