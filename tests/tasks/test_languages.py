"""The queues in the admin, in the language of the browser."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from tests.ports import free_port
from tests.tasks import jobs
from tests.tasks.projects import Project
from tests.tasks.waiting import until

pytestmark = pytest.mark.django_db

CHINESE = {"accept-language": "zh-CN,zh;q=0.9"}
OVERVIEW = "/admin/task_queue/queue/"
DEFAULT = f"{OVERVIEW}default/queue/default/"
CHARACTERS = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


@pytest.fixture
def get(admin_client):
    """Returns get(), which returns the content of a page."""

    def page(address, headers=None, status=200):
        response = admin_client.get(address, headers=headers)
        assert response.status_code == status
        return content(response)

    return page


@pytest.fixture
def post(admin_client):
    def page(address, headers=None, **fields):
        return content(admin_client.post(address, fields, headers=headers, follow=True))

    return page


def content(response):
    return response.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]


def address_of(result):
    return reverse("admin:task_queue_task", args=["default", result.id])


def latin(html):
    """Returns the words in Latin letters that a reader sees or hears, but not code."""
    labels = re.findall(r'(?:title|aria-label|placeholder)="([^"]*)"', html)
    text = strip_tags(re.sub(r"<(script|style|code|pre)\b.*?</\1>", "", html, flags=re.DOTALL))
    return set(re.findall(r"[A-Za-z]{2,}", " ".join([text, *labels])))


def test_the_overview(backend, get, work):
    jobs.add.enqueue_many([(1, 2)] * 7)
    jobs.fail.enqueue()
    work()
    jobs.add.enqueue(1, 2)
    shown = get(OVERVIEW, CHINESE)
    assert "完成 7 个，失败 1 个" in shown
    assert latin(shown) == {"default", "exports"}
    assert not CHARACTERS.search(get(OVERVIEW))


def test_the_overview_of_workers(backend, get, start):
    worker = start(threads=3)
    jobs.wait.enqueue()
    until(jobs.entered.is_set)
    worker.stop()
    key = f"{backend.broker.tag}worker:{worker.state.name}"
    until(lambda: b'"stopping":true' in backend.broker.client.get(key))
    shown = get(OVERVIEW, CHINESE)
    assert ">wait</a>，自 " in shown
    assert f"{worker.state.name}（正在停止）" in shown
    assert "default, exports，3 个线程" in shown


def test_a_record_that_is_gone(backend, get, work):
    result = jobs.add.enqueue(1, 2)
    backend.broker.client.delete(f"{backend.broker.tag}task:{result.id}")
    work()
    assert "记录不存在，或不是哈希类型" in get(OVERVIEW, CHINESE)
    assert "its record is gone or not a hash" in get(OVERVIEW)


@pytest.mark.parametrize("state", ["waiting", "scheduled", "running", "failed", "done"])
def test_a_queue(backend, get, work, state):
    jobs.add.enqueue_many([(1, 2)] * 60)
    work()
    jobs.add.enqueue_many([(1, 2)] * 60)
    jobs.add.using(run_after=timezone.now() + timedelta(days=1)).enqueue(1, 2)
    url = f"{DEFAULT}?state={state}"
    assert latin(get(url, CHINESE)) <= {"default", "ID"}
    assert not CHARACTERS.search(get(url))


def test_a_task_that_is_not_found(backend, get):
    assert "没有与“nothing”匹配的任务。" in get(f"{DEFAULT}?q=nothing", CHINESE)


def test_a_task(backend, get, work):
    ready = jobs.add.using(run_after=timezone.now() + timedelta(days=1)).enqueue(1, 2)
    failed, done = jobs.fail.using(owner="7").enqueue(), jobs.add.enqueue(1, 2)
    work()
    for result, state, names in (
        (ready, "就绪", {"add"}),
        (failed, "失败", {"fail", "builtins", "ValueError"}),
        (done, "成功", {"add"}),
    ):
        shown = get(address_of(result), CHINESE)
        assert f"<td>{state}</td>" in shown
        worker_names = " ".join(backend.get_result(result.id).worker_ids)
        assert latin(shown) <= names | {"default", "ID"} | latin(worker_names)
        assert not CHARACTERS.search(get(address_of(result)))


def test_each_message_is_translated_and_logged_in_english(backend, post, work):
    failed = jobs.fail.enqueue()
    work()
    shown = post(address_of(failed), CHINESE, action="requeue")
    assert "() 已重新加入队列。" in shown
    assert "() 已取消。" in post(address_of(failed), CHINESE, action="cancel")
    assert "() 已删除。" in post(address_of(failed), CHINESE, action="discard")
    jobs.add.enqueue_many([(1, 2)] * 3)
    assert "已删除 default 中等待的 3 个任务。" in post(DEFAULT, CHINESE)
    jobs.add.enqueue(1, 2)
    assert "Deleted 1 waiting task of default." in post(DEFAULT)
    assert list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True)) == [
        "fail() was queued again.",
        "fail() was cancelled.",
        "fail() was deleted.",
        "Deleted 3 waiting tasks of default.",
        "Deleted 1 waiting task of default.",
    ]


def test_a_change_that_comes_too_late(backend, post):
    result = jobs.add.enqueue(1, 2)
    backend.broker.settle_and_claim("slot", want=1, queues=["default"])
    assert "太晚了" in post(address_of(result), CHINESE, action="cancel")


def test_an_outage_of_redis(backend, get, settings):
    options = {"redis_url": f"redis://127.0.0.1:{free_port()}/0"}
    with override_settings(TASKS={"default": {**settings.TASKS["default"], "OPTIONS": options}}):
        shown = get(OVERVIEW, CHINESE, status=503)
    assert "Redis 没有响应（ConnectionError: " in shown
    assert "Redis 恢复之前无法显示队列。" in shown


def test_each_request_has_its_own_language(backend, get):
    for _ in range(2):
        assert "没有正在运行的工作进程。" in get(OVERVIEW, CHINESE)
        assert "No worker is running." in get(OVERVIEW)


FILES = {
    "project/__init__.py": "",
    "project/settings.py": """
        SECRET_KEY = "tests"
        INSTALLED_APPS = ["FOLDER", *BACKPORT,]
        USE_I18N = USED
    """,
}
SCRIPT = """
from django.apps import apps
from django.utils import translation

with translation.override("zh-hans"):
    names = [str(apps.get_app_config("task_queue").verbose_name)]
    names += [str(model._meta.verbose_name_plural) for model in apps.get_models()]
assert names == NAMES, names
"""


@pytest.mark.parametrize("names", [["后台任务", "任务队列"], ["Background work", "task queues"]])
def test_a_renamed_copy_is_translated_unless_the_project_has_no_translations(tmp_path, names):
    is_used = names[0] != "Background work"
    settings = FILES["project/settings.py"].replace("USED", str(is_used))
    project = Project(tmp_path, {**FILES, "project/settings.py": settings}, "queueing")
    project.script(SCRIPT.replace("NAMES", str(names)))
