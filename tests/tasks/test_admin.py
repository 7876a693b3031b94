"""The queues in the admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tasks.api import PACKAGE, TaskResultDoesNotExist, TaskResultStatus
from tests.ports import free_port
from tests.tasks import jobs
from tests.tasks.waiting import until

pytestmark = pytest.mark.django_db

OVERVIEW = "/admin/task_queue/queue/"
DEFAULT = f"{OVERVIEW}default/queue/default/"
EXPORTS = f"{OVERVIEW}default/queue/exports/"


@pytest.fixture
def staff(client, alice):
    """Returns the browser of Alice, who is staff without permissions."""
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    return client


@pytest.fixture
def viewer(staff, alice):
    alice.user_permissions.add(Permission.objects.get(codename="view_queue"))
    return staff


@pytest.fixture
def changer(viewer, alice):
    alice.user_permissions.add(Permission.objects.get(codename="change_queue"))
    return viewer


def page(result):
    return reverse("admin:task_queue_task", args=["default", result.id])


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_admin_index_leads_to_the_queues(backend, viewer):
    assert OVERVIEW in text(viewer.get("/admin/"))


def test_staff_without_permission_see_nothing(backend, staff):
    result = jobs.add.enqueue(1, 2)
    assert OVERVIEW not in text(staff.get("/admin/"))
    for url in (OVERVIEW, DEFAULT, page(result)):
        assert staff.get(url).status_code == 403


def test_other_users_are_sent_to_the_sign_in_page(backend, client, bob):
    client.force_login(bob)
    assert client.get(OVERVIEW).status_code == 302


def test_the_overview_counts(backend, viewer, work):
    jobs.add.enqueue_many([(1, 2)] * 7)
    jobs.fail.enqueue()
    work()
    jobs.add.using(queue_name="exports").enqueue_many([(1, 2)] * 3)
    shown = text(viewer.get(OVERVIEW))
    assert "7 done, 1 failed" in shown  # in the chart
    for state, depth in (("done", 7), ("failed", 1)):
        assert f'<a href="{DEFAULT}?state={state}">{depth}</a>' in shown
    assert f'<a href="{EXPORTS}?state=waiting">3</a>' in shown


def test_the_overview_shows_workers_and_their_tasks(backend, viewer, start):
    worker = start(threads=1)
    jobs.wait.enqueue()
    until(jobs.entered.is_set)
    worker.state.next_heartbeat = 0
    until(
        lambda: (
            b"wait" in backend.broker.client.get(f"{backend.broker.tag}worker:{worker.state.name}")
        )
    )
    shown = text(viewer.get(OVERVIEW))
    assert worker.state.name in shown
    assert ">wait</a> since" in shown


def test_the_overview_without_workers_shows_how_to_start_one(backend, viewer):
    assert "manage.py runworker" in text(viewer.get(OVERVIEW))


def test_corrupt_records_are_shown(backend, viewer, work):
    result = jobs.add.enqueue(1, 2)
    backend.broker.client.delete(f"{backend.broker.tag}task:{result.id}")
    work()
    assert result.id in text(viewer.get(OVERVIEW))


def test_tasks_are_listed_by_state(backend, viewer, work):
    done, failed = jobs.add.enqueue(1, b=2), jobs.fail.enqueue("no luck")
    work()
    waiting = jobs.add.enqueue("<b>", "")
    shown = text(viewer.get(DEFAULT))
    assert page(waiting) in shown
    assert "add(&#x27;&lt;b&gt;&#x27;, &#x27;&#x27;)" in shown
    assert page(done) not in shown
    assert "ValueError: no luck" in text(viewer.get(DEFAULT, {"state": "failed"}))
    assert page(failed) in text(viewer.get(DEFAULT, {"state": "failed"}))
    assert "add(1, b=2)" in text(viewer.get(DEFAULT, {"state": "done"}))
    assert "No tasks." in text(viewer.get(DEFAULT, {"state": "running"}))
    assert page(waiting) in text(viewer.get(DEFAULT, {"state": "nonsense", "start": "x"}))


def test_tasks_are_found_by_id_and_function(backend, viewer):
    sums, failure = jobs.add.enqueue(1, 2), jobs.fail.enqueue()
    by_id = text(viewer.get(DEFAULT, {"q": sums.id[:10]}))
    by_function = text(viewer.get(DEFAULT, {"q": "JOBS.fail"}))
    assert (page(sums) in by_id, page(failure) in by_id) == (True, False)
    assert (page(sums) in by_function, page(failure) in by_function) == (False, True)
    assert "No task matches" in text(viewer.get(DEFAULT, {"q": "nothing"}))


def test_long_lists_have_pages(backend, viewer):
    results = jobs.add.enqueue_many([(1, 2)] * 60)
    first, second = text(viewer.get(DEFAULT)), text(viewer.get(DEFAULT, {"start": 50}))
    assert (page(results[49]) in first, page(results[50]) in first) == (True, False)
    assert (page(results[49]) in second, page(results[50]) in second) == (False, True)
    assert "start=50" in first
    assert "start=0" in second


def test_a_task_is_shown_in_full(backend, viewer, work):
    failed = jobs.fail.using(owner="7").enqueue("no luck")
    work()
    shown = text(viewer.get(page(failed)))
    assert "tests.tasks.jobs.fail" in shown
    assert "raise ValueError(message)" in shown
    assert "On behalf of" in shown


def test_the_progress_of_a_running_task_is_shown(backend, viewer):
    result = jobs.count_to.enqueue(3)
    claim = backend.broker.settle_and_claim("slot", want=1, queues=["default"]).claims[0]
    backend.broker.set_progress("slot", claim, b'{"done":1,"total":3,"note":"messages"}')
    for url in (page(result), f"{DEFAULT}?state=running"):
        assert "1 of 3 messages" in text(viewer.get(url))


def test_the_charts_have_the_hour_and_the_day(backend, viewer, work):
    jobs.add.enqueue(1, 2)
    work()
    an_hour, a_day = text(viewer.get(OVERVIEW)).split('<svg class="task-chart"')[1:]
    assert (an_hour.count("<g>"), a_day.count("<g>")) == (60, 96)
    for chart in (an_hour, a_day):
        assert "1 done, 0 failed" in chart


@pytest.mark.parametrize(
    "fields",
    [
        {"task": "{broken"},
        {"task": "[]"},
        {"task": '{"args":5,"kwargs":[1],"enqueued":"long ago"}'},
        {"started": "once", "workers": "a b", "errors": "broken\n[]\n", "progress": "x"},
    ],
)
def test_the_readable_part_of_a_corrupt_record_is_shown(backend, viewer, fields):
    result = jobs.add.enqueue(1, 2)
    backend.broker.client.hset(f"{backend.broker.tag}task:{result.id}", mapping=fields)
    assert result.id in text(viewer.get(page(result)))
    assert result.id in text(viewer.get(DEFAULT))


def test_a_record_that_is_not_a_hash_is_not_found(backend, viewer):
    backend.broker.client.set(f"{backend.broker.tag}task:nonsense", "")
    assert viewer.get(f"{OVERVIEW}default/task/nonsense/").status_code == 404


def test_viewers_change_nothing(backend, viewer):
    result = jobs.add.enqueue(1, 2)
    assert "Cancel" not in text(viewer.get(page(result)))
    assert viewer.post(page(result), {"action": "cancel"}).status_code == 403
    assert viewer.post(DEFAULT).status_code == 403
    result.refresh()
    assert result.status == TaskResultStatus.READY


def test_a_failed_task_is_queued_again(backend, changer, work):
    result = jobs.fail.enqueue()
    work()
    assert "was queued again" in text(
        changer.post(page(result), {"action": "requeue"}, follow=True)
    )
    result.refresh()
    assert result.status == TaskResultStatus.READY
    work()
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert len(result.errors) == 2
    assert LogEntry.objects.get().change_message == "fail() was queued again."


def test_a_waiting_task_is_cancelled(backend, changer, work):
    result = jobs.only_one.enqueue("alice")
    changer.post(page(result), {"action": "cancel"})
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert "TaskCancelled" in result.errors[0].traceback
    assert jobs.only_one.enqueue("alice").id != result.id
    work()
    result.refresh()
    assert result.status == TaskResultStatus.FAILED


def test_a_task_is_discarded(backend, changer, work):
    waiting, failed = jobs.add.enqueue(1, 2), jobs.fail.enqueue()
    changer.post(page(waiting), {"action": "discard"})
    work()
    response = changer.post(page(failed), {"action": "discard"})
    assert response.url == DEFAULT
    for result in (waiting, failed):
        with pytest.raises(TaskResultDoesNotExist):
            result.refresh()
    assert "No tasks." in text(changer.get(DEFAULT, {"state": "failed"}))


@pytest.mark.parametrize("action", ["cancel", "discard", "requeue"])
def test_a_running_task_cannot_be_changed(backend, changer, action):
    result = jobs.add.enqueue(1, 2)
    backend.broker.settle_and_claim("slot", want=1, queues=["default"])
    response = changer.post(page(result), {"action": action}, follow=True)
    assert "Too late" in text(response)
    result.refresh()
    assert result.status == TaskResultStatus.RUNNING


def test_a_queue_is_emptied(backend, changer, work):
    tomorrow = timezone.now() + timedelta(days=1)
    first, *_ = jobs.add.enqueue_many([(1, 2)] * 1500)
    jobs.add.using(priority=9).enqueue(1, 2)
    jobs.add.using(run_after=tomorrow).enqueue(1, 2)
    unique = jobs.only_one.enqueue("alice")
    elsewhere = jobs.add.using(queue_name="exports").enqueue(1, 2)
    assert "1503 waiting" in text(changer.post(DEFAULT, follow=True))
    with pytest.raises(TaskResultDoesNotExist):
        first.refresh()
    assert jobs.only_one.enqueue("alice").id != unique.id
    work()
    elsewhere.refresh()
    assert elsewhere.return_value == 3


@pytest.mark.parametrize(
    "url",
    [
        f"{OVERVIEW}default/task/unknown/",
        f"{OVERVIEW}default/queue/unknown/",
        f"{OVERVIEW}unknown/queue/default/",
        f"{OVERVIEW}unknown/task/unknown/",
    ],
)
def test_unknown_names_are_not_found(backend, changer, url):
    assert changer.get(url).status_code == 404


def test_an_unknown_action_is_not_found(backend, changer):
    assert changer.post(page(jobs.add.enqueue(1, 2)), {"action": "explode"}).status_code == 404


def test_the_pages_show_an_outage_of_redis(backend, viewer, settings):
    tasks = settings.TASKS["default"]
    url = f"redis://127.0.0.1:{free_port()}/0"
    with override_settings(TASKS={"default": {**tasks, "OPTIONS": {"redis_url": url}}}):
        response = viewer.get(OVERVIEW)
    assert response.status_code == 503
    assert "Redis does not respond" in response.content.decode()


def test_other_backends_are_not_shown(viewer):
    other = {"default": {"BACKEND": f"{PACKAGE}.backends.dummy.DummyBackend"}}
    with override_settings(TASKS=other):
        assert "No backend in TASKS" in text(viewer.get(OVERVIEW))
        assert viewer.get(DEFAULT).status_code == 404
