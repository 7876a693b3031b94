"""The tests pass for all signals, streams and modes that the parent process ignores, blocks or
omits."""

import os
import signal
import subprocess
import sys

import pytest

from tests.chatsite.processes import ROOT

# One test that sends SIGINT to a child, and one that checks modes of files.
TESTS = [
    "tests/chatsite/dev/test_embedded_valkey.py::test_ctrl_c_does_not_reach_it",
    "tests/chatsite/dev/test_embedded_valkey.py::test_it_listens_on_its_socket_only",
]


def background_job() -> None:
    """Prepares a process like nohup in a shell without job control."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def blocking() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD})


def open_umask() -> None:
    os.umask(0)


@pytest.mark.parametrize("parent", [background_job, blocking, open_umask])
def test_the_tests_pass_under_any_parent(parent):
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "Asia/Kathmandu"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=parent,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
