"""In development a worker restarts when the code changes."""

import pytest

from tasks.redis.broker import EnqueueOptions, Entry
from tests.tasks.waiting import until

JOB = """
from tasks import task

@task
def answer():
    return {value}
"""


@pytest.fixture
def project(tmp_path):
    """An app with a task, next to the site's own."""
    app = tmp_path / "extra"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "settings.py").write_text(
        'from tests.tasks.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, "extra"]\n'
    )
    (app / "jobs.py").write_text(JOB.format(value=1))
    return app


@pytest.fixture
def reloading(worker, project):
    return worker(
        "--reload",
        "--threads",
        "1",
        PYTHONPATH=str(project.parent),
        DJANGO_SETTINGS_MODULE="extra.settings",
    )


def answer(backend, id):
    """Returns the result of the app's task, which this process does not know."""
    record = b'{"path":"extra.jobs.answer","args":[],"kwargs":{},"enqueued":1}'
    backend.broker.enqueue(EnqueueOptions("default"), [Entry(id, "", record)])
    until(lambda: "result" in backend.broker.record(id))
    return int(backend.broker.record(id)["result"])


def change(path, text, worker, reaction, times):
    """Repeats the change until it is noticed, because the reloader must have seen the file
    before."""
    path.write_text(text)

    def noticed():
        path.touch()
        return sum(reaction in line for line in worker.lines) >= times

    until(noticed)


def test_changed_code_is_run(backend, project, reloading):
    assert answer(backend, "a") == 1
    change(project / "jobs.py", JOB.format(value=22), reloading, "works on", 2)
    assert answer(backend, "b") == 22
    assert reloading.stop() == 0


def test_code_that_does_not_load_is_not_run(backend, project, reloading):
    change(project / "jobs.py", "def broken(:", reloading, "does not load", 1)
    assert any("SyntaxError" in line for line in reloading.lines)
    assert answer(backend, "a") == 1
    assert reloading.process.poll() is None
