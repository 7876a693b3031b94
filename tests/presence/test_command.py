"""manage.py record_presence."""

import os
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

import presence
from presence.models import LastSeen, Sample
from tests.chatsite.processes import wait_until
from tests.site import ROOT, site_environment

PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def test_it_records_who_was_seen_and_how_many_are_online(alice, bob):
    presence.mark_many([alice.pk, bob.pk])
    call_command("record_presence")
    assert set(LastSeen.objects.values_list("user_id", flat=True)) == {alice.pk, bob.pk}
    assert Sample.objects.get().people == 2


def test_it_records_nobody(db):
    call_command("record_presence")
    assert Sample.objects.get().people == 0


@pytest.mark.parametrize("every", [0, -1, 0.5, float("nan"), float("inf"), 3601])
def test_a_wrong_period_is_refused(every):
    with pytest.raises(CommandError, match="from 1 to 3600"):
        call_command("record_presence", every=every)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_records_periodically_until_it_is_stopped(transactional_db, number):
    environment = {**os.environ, **site_environment()}
    command = [sys.executable, "manage.py", "record_presence", "--every", "1"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, **PIPES) as process:
        wait_until(Sample.objects.exists)
        Sample.objects.all().delete()
        wait_until(Sample.objects.exists)
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert output == b"Stopped.\n"
    assert errors == b""
