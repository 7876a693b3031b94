"""Redis is a hint: killed or flushed in the middle of traffic, it takes no message with it."""

import asyncio
import os
import signal

import pytest
import redis

from tests.chaos import record

SECONDS_AFTER_RETURN = 10
EXIT_SECONDS = 5

pytestmark = pytest.mark.django_db(transaction=True)


async def post_rounds(people, rounds: int, word: str) -> None:
    for number in range(rounds):
        await asyncio.gather(*(person.post(f"{word} {number}") for person in people))
        await asyncio.gather(*(person.until(lambda p=person: not p.outbox) for person in people))


async def everybody_has_everything(people, room, seconds=SECONDS_AFTER_RETURN) -> None:
    expected = await record.shown(room.pk)
    async with asyncio.timeout(seconds):
        for person in people:
            await person.until(lambda p=person: p.messages.keys() == expected.keys())
    assert all(person.messages == expected for person in people)


async def nothing_was_lost(people, room) -> None:
    acknowledged = [client_id for person in people for client_id in person.acknowledged]
    assert await record.rows(acknowledged) == len(acknowledged)
    assert all(person.connections == 1 for person in people), "somebody had to reconnect"


async def test_killed_and_restarted_while_people_talk(two_webs, valkey, crowd, general):
    async with crowd(two_webs, 6) as people:
        await post_rounds(people, 3, "before")
        valkey.kill()
        await post_rounds(people, 3, "while it is away")
        same_process = people[::2]
        for person in same_process:  # the half on one process hear each other all the same
            await person.until(lambda p=person: len(p.messages) >= 18 + 9)
        await asyncio.to_thread(valkey.start)
        await everybody_has_everything(people, general)
        await post_rounds(people, 1, "after")
        await everybody_has_everything(people, general)
        await nothing_was_lost(people, general)


async def test_flushed_while_people_talk(two_webs, valkey, crowd, general):
    with redis.Redis.from_url(valkey.url) as client:
        async with crowd(two_webs, 4) as people:
            talking = asyncio.create_task(post_rounds(people, 8, "on and on"))
            for person in people:
                await person.until(lambda p=person: len(p.acknowledged) >= 2)
            await asyncio.to_thread(client.flushall)
            await talking
            await everybody_has_everything(people, general)
            await nothing_was_lost(people, general)


async def test_standing_still_while_people_talk(two_webs, valkey, crowd, general):
    """It takes connections and commands, and answers none."""
    async with crowd(two_webs, 4) as people:
        await post_rounds(people, 1, "before")
        os.kill(valkey.process.pid, signal.SIGSTOP)
        try:
            await post_rounds(people, 2, "while it stands still")
            await everybody_has_everything(people, general, seconds=30)
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
        await post_rounds(people, 1, "after")
        await everybody_has_everything(people, general)
        await nothing_was_lost(people, general)


async def test_a_web_process_stops_in_time_while_redis_stands_still(two_webs, valkey, crowd):
    async with crowd(two_webs, 2) as people:
        os.kill(valkey.process.pid, signal.SIGSTOP)
        try:
            posted = await people[0].post("just before")
            await people[0].until(lambda: not people[0].outbox)
            two_webs.webs[0].process.terminate()
            assert await asyncio.to_thread(two_webs.webs[0].process.wait, EXIT_SECONDS) == 0
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
        assert await record.rows([posted]) == 1
