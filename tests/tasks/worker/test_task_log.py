"""The log of a worker: lines for people, or JSON."""

import json
import logging
import re

import pytest

from tests.tasks import jobs
from tests.tasks.waiting import finished, until


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "task_queue")

    def messages():
        spoken = [r.getMessage() for r in caplog.records if r.name == "task_queue"]
        return [re.sub(r"\d+ ms", "N ms", line) for line in spoken]

    return messages


def test_a_single_task_has_a_line(backend, work, lines):
    result = jobs.add.enqueue(1, 2)
    work()
    assert lines() == [f"add done in N ms ({result.id})"]


def test_many_tasks_share_a_line(backend, work, lines):
    jobs.add.enqueue_many([(1, 2)] * 500)
    worker = work()
    worker.state.task_log.flush()
    spoken = [line for line in lines() if line.startswith("add × ")]
    assert len(spoken) == 1
    assert len(lines()) == 2  # the first one came without others


def test_a_failure_always_has_a_line(backend, work, lines):
    jobs.add.enqueue_many([(1, 2)] * 100)
    result = jobs.fail.enqueue("no luck")
    work()
    assert f"fail failed after N ms: ValueError: no luck ({result.id})" in lines()


def test_the_next_attempt_is_announced(backend, work, lines):
    jobs.unlucky.enqueue()
    work()
    assert "unlucky failed on attempt 1 after N ms: ConnectionError" in lines()[0]
    assert "; next attempt in " in lines()[0]


def test_the_log_can_be_quiet(backend, work, caplog):
    caplog.set_level(logging.WARNING, "task_queue")
    jobs.add.enqueue_many([(1, 2)] * 10)
    worker = work()
    worker.state.task_log.flush()
    assert not [r for r in caplog.records if r.name == "task_queue"]


def test_the_log_has_json_lines(backend, worker):
    one = worker("--json-logs", "--threads", "1", "--name", "alice")
    done, failed = jobs.add.enqueue(1, 2), jobs.fail.enqueue("no luck")
    finished(done, failed)
    assert one.stop() == 0
    lines = [json.loads(line) for line in one.lines]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert lines[0]["message"].startswith("alice-")
    spoken = {line["id"]: line for line in lines if "id" in line}
    assert spoken[failed.id]["verdict"] == "failed"
    assert any("ValueError: no luck" in line.get("traceback", "") for line in lines)


def test_the_traceback_of_a_failure_is_logged(backend, worker):
    one = worker("--threads", "1")
    finished(jobs.fail.enqueue("no luck"))
    until(lambda: any(line == "ValueError: no luck" for line in one.lines))
