"""The processes of a Procfile end together."""

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


def test_a_signal_before_they_have_started_ends_them(launch):
    parts = launch(**{f"part{number}": WAITS for number in range(10)})
    parts.wait_for("part0 started")
    parts.stop(signal.SIGTERM)
    assert parts.lines[-1] == "ended first: none"
    assert parts.left() == {}


def test_the_first_process_that_ends_stops_the_others(launch):
    parts = launch(one=WAITS, two="true")
    parts.exit_code()
    assert parts.lines[-1] == "ended first: two"
    assert parts.left() == {}


def test_lines_are_printed_with_the_name_of_their_process(launch):
    parts = launch(one="sh -c 'echo good evening; sleep 600'", two=WAITS)
    assert parts.wait_for("good evening") == "one    | good evening"
    parts.stop()


def test_they_end_with_a_killed_launcher(launch):
    parts = launch(one=WAITS, two=WAITS)
    parts.wait_for("two started")
    parts.process.kill()
    wait_until(lambda: parts.left() == {})


def test_a_closed_pipe_does_not_end_them(launch, tmp_path):
    marker = tmp_path / "marker"
    script = f"while true; do echo line; echo . >>{marker}; sleep 0.1; done"
    parts = launch(one=f"sh -c '{script}'")
    parts.wait_for("line")
    parts.process.stdout.close()
    size = marker.stat().st_size
    wait_until(lambda: marker.stat().st_size > size + 10)
    assert parts.process.poll() is None
