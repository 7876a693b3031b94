"""Every example on the page /api/docs works with the real site."""

import html
import os
import re
import subprocess
import urllib.request

import pytest

from chat.models import Message, Room
from chatsite import jobs
from tests.chat.factories import post_message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def examples(site):
    """The commands, by method and path."""
    with urllib.request.urlopen(f"{site.url}/api/docs") as response:
        text = response.read().decode()
    found = re.findall(r"<h3 .*?>(.*?)</h3>.*?<pre><code>(curl.*?)</code></pre>", text, re.DOTALL)
    return {re.sub("<[^>]+>", "", call): html.unescape(command) for call, command in found}


@pytest.fixture
def run(alice, bob, general, token_of):
    """Returns run(command), which returns the output."""
    task = jobs.add.using(owner=str(alice.pk)).enqueue(1, 2)
    values = {
        "TOKEN": token_of(alice),
        "ROOM_ID": general.pk,
        "MESSAGE_ID": post_message(alice, general, "typo").pk,
        "TASK_ID": task.id,
        "SINCE": 0,
        "IDS": bob.pk,
    }
    environment = {"PATH": os.environ["PATH"]} | {key: str(value) for key, value in values.items()}

    def run(command: str) -> str:
        result = subprocess.run(
            ["bash", "-eu"],
            input=command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert result.returncode == 0, command + result.stdout + result.stderr
        return result.stdout

    return run


def test_every_example_works(examples, run, alice):
    outputs = {call: run(command) for call, command in examples.items()}
    assert len(outputs) == 11
    assert '"username":"alice"' in outputs["GET /api/me"]
    assert '"username":"bob"' in outputs["GET /api/users"]
    assert '"body":"typo"' in outputs["GET /api/rooms/{room_id}/messages"]
    assert '"body":"text"' in outputs["PATCH /api/messages/{message_id}"]
    assert '"deleted":true' in outputs["DELETE /api/messages/{message_id}"]
    assert '"status":"' in outputs["GET /api/tasks/{task_id}"]
    assert Room.objects.filter(name="text").exists()
    assert Message.objects.filter(body="text").count() == 1
