"""A command or a worker that ends right after it published an event."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from chat.live.db_threads import run
from chat.protocol.close_codes import SIGNED_OUT
from tests.redis_proxy import RedisProxy
from tests.site import ROOT, site_environment

PROGRAM = """
import django
django.setup()
from chat.services import sign_outs
sign_outs.end_user({user})
"""


def run_program(program: str, **settings: str) -> None:
    environment = {**os.environ, **site_environment(), **settings}
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=30)


async def test_the_last_event_of_a_short_process_arrives(connect, alice, bob):
    mine, theirs = await connect(alice), await connect(bob)
    await run(run_program, PROGRAM.format(user=alice.pk))
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


async def test_its_last_event_arrives_if_redis_is_given_by_name(connect, settings, alice):
    """The process resolves the name while it exits."""
    page, proxy = await connect(alice), RedisProxy(Path(urlsplit(settings.REDIS_URL).path))
    url = (await proxy.open()).replace("127.0.0.1", "localhost")
    await asyncio.to_thread(run_program, PROGRAM.format(user=alice.pk), REDIS_URL=url)
    assert await page.closed() == SIGNED_OUT
    await proxy.close()
