"""Every example of docs/api.md works with the real site."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from chat.models import Message, Room
from tests.site import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = (ROOT / "docs" / "api.md").read_text()
BLOCKS = re.findall(r"^```(sh|python|js)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
RUN_BY = {
    "sh": ["bash", "-eu"],
    "python": [sys.executable],
    "js": ["node", "--input-type=module"],
}


@pytest.fixture
def run(site, alice, general, token_of):
    """Returns run(language, script), which returns the output."""
    own = {"SITE": site.url, "TOKEN": token_of(alice), "ROOM": str(general.pk)}

    def run(language: str, script: str) -> str:
        command = RUN_BY[language]
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        environment = {"PATH": os.environ["PATH"], **own}
        result = subprocess.run(
            command, input=script, env=environment, capture_output=True, text=True, timeout=60
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return run


def blocks(language: str) -> list[str]:
    return [script for kind, script in BLOCKS if kind == language]


def test_curl_examples(run, alice, general):
    me, mine, post, latest, others = (run("sh", script + "\necho\n") for script in blocks("sh"))
    assert '"username":"alice"' in me
    assert '"name":"General"' in mine
    assert '"body":"Hello from *curl*"' in post
    assert "<em>curl</em>" in latest
    assert '"count":1' in others
    assert Room.objects.get(name="Builds").kind == Room.Kind.PRIVATE
    assert run("sh", blocks("sh")[2]) == post.strip()
    assert Message.objects.count() == 1


def test_python_examples(run):
    over_http, over_a_socket = (run("python", script) for script in blocks("python"))
    assert over_http == "Alice said Hello from Python\n"
    assert over_a_socket == "Up to now: 1 messages\nAlice said Hello from a socket\n"


def test_javascript_examples(run):
    (script,) = blocks("js")
    assert run("js", script) == "Alice said Hello from JavaScript\n"


def test_no_example_is_in_another_language():
    assert TEXT.count("\n```") == 2 * len(BLOCKS)
