"""A project with two databases, a user model with another primary key, and no admin."""

from tests.tasks.projects import Project

FILES = {
    "project/__init__.py": "",
    "project/settings.py": """
        SECRET_KEY = "tests"
        USE_TZ = True
        INSTALLED_APPS = ["tasks", "people", *BACKPORT,]
        AUTH_USER_MODEL = "people.Person"
        DATABASES = {
            name: {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{name}.sqlite3"}
            for name in ("default", "people")
        }
        DATABASE_ROUTERS = ["project.routers.PeopleRouter"]
        TASKS = {
            name: {
                "BACKEND": "tasks.backend.RedisQueueBackend",
                "OPTIONS": {"redis_url": "REDIS", "on_commit": name == "people" and "people"},
            }
            for name in ("default", "people")
        }
    """,
    "project/routers.py": """
        class PeopleRouter:
            def db_for_read(self, model, **hints):
                return "people" if model._meta.app_label == "people" else None

            db_for_write = db_for_read

            def allow_migrate(self, db, app_label, **hints):
                return db == "people" if app_label == "people" else None
    """,
    "people/__init__.py": "",
    "people/models.py": """
        from django.db import models

        class Person(models.Model):
            code = models.CharField(primary_key=True, max_length=20)
            USERNAME_FIELD = "code"
            REQUIRED_FIELDS = []
            is_anonymous = is_authenticated = True
    """,
    "people/jobs.py": """
        from tasks import task

        from .models import Person

        @task
        def exists(code):
            return Person.objects.filter(code=code).exists()

        @task(on_commit="people")
        def exists_after_commit(code):
            return exists.func(code)

        @task(backend="people")
        def exists_by_backend(code):
            return exists.func(code)
    """,
}

SCRIPT = """
from django.core.management import call_command
from django.db import transaction
from people.jobs import exists, exists_after_commit, exists_by_backend
from people.models import Person
from tasks.api import InvalidTask, TaskResultDoesNotExist

def is_queued(result):
    try:
        result.refresh()
    except TaskResultDoesNotExist:
        return False
    return True

waiting = [exists_after_commit, exists_by_backend, exists.using(on_commit="people")]
for task in waiting:
    with transaction.atomic(using="people"):
        alice = Person.objects.create(code=f"alice-{waiting.index(task)}")
        result = task.using(owner=alice.pk).enqueue(alice.pk)
        assert not is_queued(result)
    assert is_queued(result)
    call_command("runworker", "--batch", "--backend", task.backend)
    result.refresh()
    assert (result.return_value, result.owner) == (True, alice.pk), result
    with transaction.atomic(using="people"):
        lost = task.enqueue("nobody")
        transaction.set_rollback(True, using="people")
    assert not is_queued(lost)
    with transaction.atomic():  # of the other database
        assert is_queued(task.enqueue("nobody"))
        assert not is_queued(task.using(on_commit=True).enqueue("nobody"))
        assert not is_queued(task.using(on_commit="default").enqueue("nobody"))
    with transaction.atomic(using="people"):
        assert is_queued(task.using(on_commit=False).enqueue("nobody"))
for wrong in ("nowhere", 1, "", ["people"]):
    try:
        exists.using(on_commit=wrong)
    except InvalidTask:
        continue
    raise AssertionError(wrong)
"""


def test_a_task_waits_for_the_commit_of_its_database(backend, tmp_path):
    project = Project(tmp_path, FILES)
    project.django("makemigrations", "people")
    for database in ("default", "people"):
        project.django("migrate", "--verbosity=0", "--database", database)
    project.django("check", "--fail-level", "WARNING")
    project.script(SCRIPT)
