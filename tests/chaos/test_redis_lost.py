"""Redis is a hint: no message is lost if it is killed, flushed or stopped during traffic."""

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


async def expect_complete_pages(people, room, seconds=SECONDS_AFTER_RETURN) -> None:
    expected = await record.shown(room.pk)
    async with asyncio.timeout(seconds):
        for person in people:
            await person.until(lambda p=person: p.messages.keys() == expected.keys())
    assert all(person.messages == expected for person in people)


async def expect_no_loss(people, room) -> None:
    acknowledged = [client_id for person in people for client_id in person.acknowledged]
    assert await record.count_rows(acknowledged) == len(acknowledged)
    assert all(person.connections == 1 for person in people), "a client had to reconnect"


async def test_no_message_is_lost_when_redis_is_killed_and_restarted(
    two_webs, valkey, crowd, general
):
    async with crowd(two_webs, 6) as people:
        await post_rounds(people, 3, "before")
        valkey.kill()
        await post_rounds(people, 3, "while it is away")
        same_process = people[::2]
        for person in same_process:  # clients of one process still receive each other
            await person.until(lambda p=person: len(p.messages) >= 18 + 9)
        await asyncio.to_thread(valkey.start)
        await expect_complete_pages(people, general)
        await post_rounds(people, 1, "after")
        await expect_complete_pages(people, general)
        await expect_no_loss(people, general)


async def test_no_message_is_lost_when_redis_is_flushed(two_webs, valkey, crowd, general):
    with redis.Redis.from_url(valkey.url) as client:
        async with crowd(two_webs, 4) as people:
            posting = asyncio.create_task(post_rounds(people, 8, "on and on"))
            for person in people:
                await person.until(lambda p=person: len(p.acknowledged) >= 2)
            await asyncio.to_thread(client.flushall)
            await posting
            await expect_complete_pages(people, general)
            await expect_no_loss(people, general)


async def test_no_message_is_lost_when_redis_stops_answering(two_webs, valkey, crowd, general):
    """Redis accepts connections and commands but does not answer."""
    async with crowd(two_webs, 4) as people:
        await post_rounds(people, 1, "before")
        os.kill(valkey.process.pid, signal.SIGSTOP)
        try:
            await post_rounds(people, 2, "while it does not answer")
            await expect_complete_pages(people, general, seconds=30)
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
        await post_rounds(people, 1, "after")
        await expect_complete_pages(people, general)
        await expect_no_loss(people, general)


async def test_a_web_process_stops_in_time_while_redis_does_not_answer(two_webs, valkey, crowd):
    async with crowd(two_webs, 2) as people:
        os.kill(valkey.process.pid, signal.SIGSTOP)
        try:
            posted = await people[0].post("just before")
            await people[0].until(lambda: not people[0].outbox)
            two_webs.webs[0].process.terminate()
            assert await asyncio.to_thread(two_webs.webs[0].process.wait, EXIT_SECONDS) == 0
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
        assert await record.count_rows([posted]) == 1
