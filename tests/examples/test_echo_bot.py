"""The example bot against the real site: each message is answered once, whatever is killed."""

import subprocess
import sys
import time
import uuid

import pytest
from django.contrib.auth import get_user_model

from chat.models import Message
from chat.services import editing, memberships, posting
from tests.site import ROOT, Site

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_SECONDS = 30


@pytest.fixture
def site(request, transactional_db):
    """With settings, where a test gives some."""
    with Site(**getattr(request, "param", {})) as site:
        yield site


@pytest.fixture
def echo(db):
    return get_user_model().objects.create_user("echo")


@pytest.fixture
def bot(site, echo, general, token_of, tmp_path):
    """bot() starts it; whatever is still running is killed afterwards."""
    memberships.join(echo, general.pk)
    script = str(ROOT / "examples" / "echo_bot.py")
    command = [sys.executable, script, site.url.replace("http", "ws"), str(general.pk)]
    environment = {"TOKEN": token_of(echo)}
    memory, started = tmp_path / f"echo_bot.{general.pk}", []

    def start():
        process = subprocess.Popen(command, cwd=tmp_path, env=environment)
        started.append(process)
        wait_until(memory.exists)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until(condition) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def say(user, room, *words: str) -> list[int]:
    return [posting.post(user, room.pk, uuid.uuid4(), word).message.pk for word in words]


def answered(echo) -> list[int]:
    return list(Message.objects.filter(author=echo).order_by("seq").values_list("reply_to", flat=1))


def test_each_message_is_answered_with_its_own_words(bot, echo, alice, general):
    say(alice, general, "before its time")
    bot()
    said = say(alice, general, "one", "two")
    wait_until(lambda: answered(echo) == said)
    assert Message.objects.filter(author=echo, body="one").exists()


def test_once_each_though_the_site_is_killed_in_between(bot, site, echo, alice, bob, general):
    bot()
    said = say(alice, general, *(f"at the moment {n}" for n in range(20)))
    wait_until(lambda: answered(echo))
    site.kill()
    said += say(bob, general, "while it is away")
    editing.edit(bob, said[-1], "while it is away, edited")
    gone = say(bob, general, "and deleted")
    editing.delete(bob, gone[0])
    site.webs[0].start()
    said += say(alice, general, "afterwards")
    wait_until(lambda: len(answered(echo)) >= len(said))
    assert answered(echo) == said


def test_once_each_though_the_bot_is_killed_in_between(bot, echo, alice, general):
    first = bot()
    said = say(alice, general, *(f"at the moment {n}" for n in range(20)))
    wait_until(lambda: answered(echo))
    first.kill()
    first.wait()
    said += say(alice, general, "while it is away")
    editing.edit(alice, said[0], "answered long ago")
    bot()
    said += say(alice, general, "afterwards")
    wait_until(lambda: len(answered(echo)) >= len(said))
    assert answered(echo) == said


@pytest.mark.parametrize("site", [{"CHANGES_PER_MINUTE": "120"}], indirect=True)
def test_once_each_though_it_is_told_to_wait(bot, echo, alice, general):
    bot()
    said = say(alice, general, *(f"number {n}" for n in range(14)))
    wait_until(lambda: len(answered(echo)) >= len(said))
    assert answered(echo) == said


def test_a_room_that_it_is_not_in_is_told_in_a_line(bot, echo, alice, general, capfd):
    process = bot()
    process.kill()
    general.delete()
    again = bot()
    assert again.wait(WAIT_SECONDS) == 1
    assert "not yours" in capfd.readouterr().err


def test_without_a_good_token_it_says_so_and_ends(bot, echo, capfd):
    process = bot()
    process.kill()
    echo.tokens.all().delete()
    assert bot().wait(WAIT_SECONDS) == 1
    assert "HTTP 403" in capfd.readouterr().err
