import pytest

from chatsite import jobs
from tasks.testing import run_all

pytestmark = pytest.mark.django_db


def test_the_owner_reads_a_task(api, alice):
    task = jobs.add.using(owner=str(alice.pk)).enqueue(1, 2)
    expected = {"id": task.id, "status": "READY", "progress": None, "result": None}
    assert api.get(f"/api/tasks/{task.id}").json() == expected
    run_all()
    expected |= {"status": "SUCCESSFUL", "result": 3}
    assert api.get(f"/api/tasks/{task.id}").json() == expected


def test_the_task_of_another_user_is_not_found(api, bob):
    task = jobs.add.using(owner=str(bob.pk)).enqueue(1, 2)
    assert api.get(f"/api/tasks/{task.id}").status_code == 404
