"""The example bot with the real site: it answers each message once, whichever process is killed."""

import resource
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
    """Starts the site, with the settings of the test, if any."""
    with Site(**getattr(request, "param", {})) as site:
        yield site


@pytest.fixture
def echo(db):
    return get_user_model().objects.create_user("echo")


@pytest.fixture
def bot(site, echo, general, token_of, tmp_path):
    """Returns bot(), which starts the bot. Bots that still run are killed after the test."""
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


def post_messages(user, room, *words: str) -> list[int]:
    return [posting.post(user, room.pk, uuid.uuid4(), word).message.pk for word in words]


def answered(echo) -> list[int]:
    return list(Message.objects.filter(author=echo).order_by("seq").values_list("reply_to", flat=1))


def test_each_message_gets_its_own_text_as_an_answer(bot, echo, alice, general):
    post_messages(alice, general, "before its time")
    bot()
    sent = post_messages(alice, general, "one", "two")
    wait_until(lambda: answered(echo) == sent)
    assert Message.objects.filter(author=echo, body="one").exists()


def test_each_message_is_answered_once_if_the_site_is_killed(bot, site, echo, alice, bob, general):
    bot()
    sent = post_messages(alice, general, *(f"at the moment {n}" for n in range(20)))
    wait_until(lambda: answered(echo))
    site.kill()
    sent += post_messages(bob, general, "while it is away")
    editing.edit(bob, sent[-1], "while it is away, edited")
    gone = post_messages(bob, general, "and deleted")
    editing.delete(bob, gone[0])
    site.webs[0].start()
    sent += post_messages(alice, general, "afterwards")
    wait_until(lambda: len(answered(echo)) >= len(sent))
    assert answered(echo) == sent


def test_each_message_is_answered_once_if_the_bot_is_killed(bot, echo, alice, general):
    first = bot()
    sent = post_messages(alice, general, *(f"at the moment {n}" for n in range(20)))
    wait_until(lambda: answered(echo))
    first.kill()
    first.wait()
    sent += post_messages(alice, general, "while it is away")
    editing.edit(alice, sent[0], "answered long ago")
    bot()
    sent += post_messages(alice, general, "afterwards")
    wait_until(lambda: len(answered(echo)) >= len(sent))
    assert answered(echo) == sent


def test_a_full_disk_leaves_the_file_as_it_was(bot, echo, alice, general, tmp_path):
    process = bot()
    before = (tmp_path / f"echo_bot.{general.pk}").read_text()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
    sent = post_messages(alice, general, "one")
    assert process.wait(WAIT_SECONDS) != 0
    assert (tmp_path / f"echo_bot.{general.pk}").read_text() == before
    bot()
    sent += post_messages(alice, general, "two")
    wait_until(lambda: len(answered(echo)) >= len(sent))
    assert answered(echo) == sent


@pytest.mark.parametrize("site", [{"CHANGES_PER_MINUTE": "120"}], indirect=True)
def test_each_message_is_answered_once_despite_rate_limits(bot, echo, alice, general):
    bot()
    sent = post_messages(alice, general, *(f"number {n}" for n in range(14)))
    wait_until(lambda: len(answered(echo)) >= len(sent))
    assert answered(echo) == sent


def test_a_room_without_the_bot_is_reported_in_one_line(bot, echo, alice, general, capfd):
    process = bot()
    process.kill()
    general.delete()
    again = bot()
    assert again.wait(WAIT_SECONDS) == 1
    assert "do not have access" in capfd.readouterr().err


def test_an_invalid_token_is_reported_and_ends_the_bot(bot, echo, capfd):
    process = bot()
    process.kill()
    echo.tokens.all().delete()
    assert bot().wait(WAIT_SECONDS) == 1
    assert "HTTP 403" in capfd.readouterr().err
