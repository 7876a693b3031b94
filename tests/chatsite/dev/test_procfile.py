"""The processes of a Procfile: how they end, together."""

import signal

import pytest

from tests.chatsite.processes import wait_until

LAUNCHER = """
import os, signal, sys
from chatsite.dev.procfile import ProcessGroup, parse
from chatsite.run import handle_signals
handle_signals()
processes = ProcessGroup()
ended = "none"
try:
    for name, command in parse(open(sys.argv[1]).read()).items():
        processes.start(name, command, os.environ)
    ended = processes.wait()
except SystemExit:
    pass
finally:
    processes.stop()
print("ended first:", ended)
"""
WAITS = "sleep 600"


@pytest.fixture
def launch(command, tmp_path):
    def start(**parts: str):
        procfile = tmp_path / "Procfile"
        procfile.write_text("".join(f"{name}: {line}\n" for name, line in parts.items()))
        return command("-c", LAUNCHER, str(procfile))

    return start


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_them(launch, signum):
    parts = launch(one=WAITS, two=WAITS)
    parts.wait_for("two started")
    parts.stop(signum)
    assert parts.lines[-1] == "ended first: none"
    assert parts.left() == {}


def test_a_signal_that_comes_before_they_have_started_ends_them_too(launch):
    parts = launch(**{f"part{number}": WAITS for number in range(10)})
    parts.wait_for("part0 started")
    parts.stop(signal.SIGTERM)
    assert parts.lines[-1] == "ended first: none"
    assert parts.left() == {}


def test_one_that_ends_ends_the_others_and_is_named(launch):
    parts = launch(one=WAITS, two="true")
    parts.ended()
    assert parts.lines[-1] == "ended first: two"
    assert parts.left() == {}


def test_lines_are_printed_under_the_name_of_their_part(launch):
    parts = launch(one="sh -c 'echo good evening; sleep 600'", two=WAITS)
    assert parts.wait_for("good evening") == "one    | good evening"
    parts.stop()


def test_they_end_with_a_launcher_that_is_killed(launch):
    parts = launch(one=WAITS, two=WAITS)
    parts.wait_for("two started")
    parts.process.kill()
    wait_until(lambda: parts.left() == {})


def test_nobody_reading_any_more_ends_nothing(launch, tmp_path):
    marker = tmp_path / "marker"
    script = f"while true; do echo line; echo . >>{marker}; sleep 0.1; done"
    parts = launch(one=f"sh -c '{script}'")
    parts.wait_for("line")
    parts.process.stdout.close()
    size = marker.stat().st_size
    wait_until(lambda: marker.stat().st_size > size + 10)
    assert parts.process.poll() is None
