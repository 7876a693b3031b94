"""A command or a worker that ends right after it changed something."""

import os
import subprocess
import sys

from chat.live.db_threads import run
from chat.protocol.close_codes import SIGNED_OUT
from tests.site import ROOT, of_the_test

PROGRAM = """
import django
django.setup()
from chat.services import sign_outs
sign_outs.end_user({user})
"""


def run_program(program: str) -> None:
    environment = {**os.environ, **of_the_test()}
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=30)


async def test_what_it_said_last_arrives(connect, alice, bob):
    mine, theirs = await connect(alice), await connect(bob)
    await run(run_program, PROGRAM.format(user=alice.pk))
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()
