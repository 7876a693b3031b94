"""Each attempt ends exactly once, for any exception, return value, progress, or damage to the
process."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks import queue_task
from tasks.api import TaskResultStatus, task_finished
from tasks.redis import payload
from tasks.worker import failure
from tasks.worker.attempt import Attempt
from tests.tasks import hostile_jobs as hostile
from tests.tasks import jobs
from tests.tasks.waiting import finished, receiving

WILD = st.text(st.characters(), max_size=50)  # surrogates among them


@pytest.fixture
def end(backend, work):
    """Returns end(), which runs one task, then one that must still work, and returns the first
    result."""

    def run(result):
        work()
        after = jobs.add.enqueue(1, 2)
        work()
        after.refresh()
        assert after.return_value == 3
        result.refresh()
        return result

    return run


@pytest.mark.both_backends
@pytest.mark.parametrize("name", [name for name in hostile.ERRORS if name != "interrupt"])
@pytest.mark.parametrize("job", [hostile.fail, hostile.fail_async])
def test_any_exception_ends_the_attempt(end, job, name):
    result = end(job.enqueue(name))
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)
    error = result.errors[0]
    assert len(error.traceback) < failure.TRACEBACK_CHARACTERS + 100
    assert len(error.exception_class_path) < failure.NAME_CHARACTERS + 100
    assert error.traceback.encode()


@pytest.mark.both_backends
@pytest.mark.parametrize("name", ["surrogate", "mute", "changeling"])
def test_each_attempt_counts(backend, work, monkeypatch, name):
    monkeypatch.setattr(queue_task, "BACKOFF_SECONDS", 0)
    result = hostile.fail_twice.enqueue(name)
    work()
    work()
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 2)
    assert len(result.errors) == 2


@pytest.mark.both_backends
@pytest.mark.parametrize("name", hostile.VALUES)
def test_any_return_value_ends_the_attempt(end, name):
    result = end(hostile.answer.enqueue(name))
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)
    assert "the return value" in result.errors[0].traceback or name == "too large"


@pytest.mark.both_backends
@pytest.mark.parametrize("name", hostile.VALUES)
def test_any_progress_ends_the_attempt(end, name):
    result = end(hostile.report.enqueue(name))
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)
    assert result.progress is None


def test_a_long_traceback_keeps_the_place_of_the_failure(end):
    trace = end(hostile.fail.enqueue("long")).errors[0].traceback
    assert "in fail" in trace
    assert "characters left out" in trace


def test_half_a_surrogate_pair_is_readable(end):
    trace = end(hostile.fail.enqueue("surrogate")).errors[0].traceback
    assert trace.endswith("ValueError: half a pair: \\ud83d\n")


@pytest.mark.both_backends
def test_all_linked_exceptions_are_in_the_traceback(end):
    result = end(jobs.fail_because.enqueue())
    trace = result.errors[0].traceback
    assert trace.index("KeyError: 'cause'") < trace.index("direct cause")
    assert trace.index("direct cause") < trace.index("ValueError: effect")


@pytest.mark.both_backends
@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, GeneratorExit, ValueError])
def test_an_exception_of_a_receiver_does_no_harm(end, raised):
    def receive(**_):
        raise raised

    with receiving(task_finished, receive):
        result = end(jobs.add.enqueue(1, 2))
    assert (result.return_value, result.attempts) == (3, 1)


@pytest.mark.parametrize("method", ["run", "failed"])
def test_an_error_of_the_queue_itself(backend, work, monkeypatch, method):
    """An internal error anywhere, such as a lack of memory: the attempt ends, and the other tasks
    run."""
    broken = iter([True])
    original = getattr(Attempt, method)

    def break_down(*arguments):
        if next(broken, False):
            raise MemoryError
        return original(*arguments)

    monkeypatch.setattr(Attempt, method, break_down)
    result, *others = [jobs.fail.enqueue(), *jobs.add.enqueue_many([(1, 2)] * 3)]
    work()
    for one in (result, *others):
        one.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 1)
    assert [(one.return_value, one.attempts) for one in others] == [(3, 1)] * 3


def test_a_connection_that_cannot_be_closed(end, monkeypatch):
    def fail():
        raise SystemError

    monkeypatch.setattr("tasks.worker.runner.connections.all", lambda **_: [object()])
    result = end(jobs.add.enqueue(1, 2))
    assert (result.return_value, result.attempts) == (3, 1)


@pytest.mark.parametrize("name", hostile.DEEDS)
@pytest.mark.parametrize("arguments", [[], ["--json-logs"]])
def test_a_worker_survives_a_task_that_breaks_its_process(backend, worker, name, arguments):
    worker("--threads", "1", *arguments)
    result = hostile.do.enqueue(name)
    finished(result)
    after = jobs.fail.enqueue_many([()] * 3)
    finished(*after)
    assert result.attempts == 1
    assert [one.attempts for one in after] == [1] * 3


@pytest.mark.parametrize("name", hostile.COMES_BACK)
def test_a_forked_process_does_not_settle_for_its_parent(backend, worker, name):
    worker("--threads", "1")
    result = hostile.fork.enqueue(name)
    finished(result)
    assert (result.status, result.attempts) == (TaskResultStatus.SUCCESSFUL, 1)
    assert result.return_value == 1


def test_no_connection_gets_the_number_of_a_standard_file(backend, worker):
    worker("--threads", "1")
    finished(hostile.do.enqueue("closes standard files"))
    after = hostile.standard_files_are.enqueue()
    finished(after)
    assert after.return_value == ["/dev/null"] * 3


def test_a_log_line_is_shown_with_any_content(backend, worker):
    one = worker("--threads", "1", "--json-logs")
    finished(hostile.do.enqueue("logs badly"))
    assert one.stop() == 0
    assert any("%d %s" in line and "no number" in line for line in one.lines)
    assert any("half a pair: \\ud83d" in line for line in one.lines)


def test_failures_in_a_real_worker_end_once(backend, worker):
    one = worker("--threads", "2")
    left_out = {"chain", "group of many", "many arguments"}  # slow to log
    left_out |= {"interrupt"}  # stops the worker
    results = [hostile.fail.enqueue(name) for name in set(hostile.ERRORS) - left_out]
    finished(*results)
    assert {result.attempts for result in results} == {1}
    assert one.stop() == 0


@given(
    text=WILD,
    kind=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    module=WILD,
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_in_an_error(text, kind, module):
    error = type(kind, (Exception,), {"__module__": module})(text)
    described = failure.describe(error)
    assert payload.loads(described.record)["traceback"] == described.traceback
    assert "\n" not in described.line


def test_a_failure_without_memory_has_a_description():
    """The last fallback, if every other step fails."""
    code = (
        "from tasks.worker import failure; failure._clean = None;"
        "assert failure.describe(ValueError()) is failure.INDESCRIBABLE;"
        "assert failure.INDESCRIBABLE.record"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.tasks.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
