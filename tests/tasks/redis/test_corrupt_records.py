"""Corrupt records are listed, and the worker continues."""

import json

import pytest

from tasks import exceptions, results
from tasks.api import TaskException, TaskResultStatus
from tasks.redis import keys
from tests.tasks import jobs


@pytest.fixture
def redis(backend):
    return backend.broker.client


def key(backend, name):
    return f"{backend.broker.tag}{name}"


def corrupt(backend):
    entries = backend.broker.client.lrange(key(backend, keys.CORRUPT), 0, -1)
    return [json.loads(entry)["id"] for entry in entries]


def still_works(work):
    result = jobs.add.enqueue(1, 2)
    work()
    result.refresh()
    return result.return_value == 3


def test_a_missing_record_is_listed(backend, redis, work):
    result = jobs.add.enqueue(1, 2)
    redis.delete(key(backend, f"task:{result.id}"))
    assert still_works(work)
    assert corrupt(backend) == [result.id]


def test_a_record_that_is_not_a_hash_is_listed(backend, redis, work):
    result = jobs.add.enqueue(1, 2)
    redis.delete(key(backend, f"task:{result.id}"))
    redis.set(key(backend, f"task:{result.id}"), "nonsense")
    assert still_works(work)
    assert corrupt(backend) == [result.id]
    assert redis.get(key(backend, f"task:{result.id}")) == b"nonsense"
    with pytest.raises(exceptions.TaskCorrupt):
        results.get(result.id)


@pytest.mark.parametrize("text", ["{not json", "[]", "{}", '{"path":"tests.tasks.jobs.add"}'])
def test_an_unreadable_record_is_listed(backend, redis, work, text):
    result = jobs.add.enqueue(1, 2)
    redis.hset(key(backend, f"task:{result.id}"), "task", text)
    assert still_works(work)
    assert corrupt(backend) == [result.id]
    fields = backend.broker.record(result.id)
    assert fields["status"] == b"FAILED"
    assert b"TaskCorrupt" in fields["errors"]
    with pytest.raises(exceptions.TaskCorrupt):
        results.get(result.id)


def test_a_pending_key_of_another_type_is_listed(backend, redis, work):
    jobs.add.enqueue(1, 2)
    redis.delete(key(backend, "pending:default:0"))
    redis.set(key(backend, "pending:default:0"), "nonsense")
    work()
    assert corrupt(backend) == [key(backend, "pending:default:0")]
    redis.delete(key(backend, "pending:default:0"))
    assert still_works(work)


def test_a_missing_record_of_a_deferred_task_is_listed(backend, redis, work):
    redis.zadd(key(backend, "scheduled:default"), {"gone": 1})
    assert still_works(work)
    assert corrupt(backend) == ["gone"]


@pytest.mark.parametrize("path", ["tests.tasks.jobs.gone", "nowhere.at.all", "os.system"])
def test_a_missing_function_fails_the_task(backend, redis, work, path):
    result = jobs.add.enqueue(1, 2)
    record = json.loads(backend.broker.record(result.id)["task"]) | {"path": path}
    redis.hset(key(backend, f"task:{result.id}"), "task", json.dumps(record))
    assert still_works(work)
    fields = backend.broker.record(result.id)
    assert fields["status"] == b"FAILED"
    assert path.encode() in fields["errors"]
    with pytest.raises(exceptions.UnknownTask, match=path):
        results.get(result.id)


def test_wrong_arguments_fail_the_task(backend, work):
    result = jobs.add.enqueue(1, 2, 3)
    work()
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert result.errors[0].exception_class is TypeError


def test_system_exit_does_not_end_the_worker(backend, work):
    result = jobs.leave.enqueue()
    assert still_works(work)
    result.refresh()
    assert result.errors[0].exception_class is SystemExit


def test_all_errors_are_task_exceptions():
    kinds = [value for value in vars(exceptions).values() if isinstance(value, type)]
    assert all(issubclass(kind, TaskException) for kind in kinds)
