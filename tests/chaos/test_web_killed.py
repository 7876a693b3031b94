"""If a web process dies, no acknowledged post is lost and no post is stored twice."""

import asyncio
import os

import pytest

from tests.chaos import record
from tests.chaos.test_redis_lost import expect_complete_pages

pytestmark = pytest.mark.django_db(transaction=True)


async def keep_posting(person, count: int) -> None:
    for number in range(count):
        await person.post(f"{number} of {person.session[:6]}")
        await asyncio.sleep(0)


async def test_no_acknowledged_post_is_lost_when_a_web_process_is_killed(two_webs, crowd, general):
    async with crowd(two_webs, 20) as people:
        posting = asyncio.gather(*(keep_posting(person, 20) for person in people))
        await people[0].until(lambda: len(people[0].acknowledged) >= 3)
        two_webs.webs[0].kill()
        await posting
        await asyncio.to_thread(two_webs.webs[0].start)
        await asyncio.gather(*(person.until(lambda p=person: not p.outbox) for person in people))
        acknowledged = {client_id for person in people for client_id in person.acknowledged}
        assert len(acknowledged) == 20 * 20
        assert await record.count_rows(acknowledged) == 20 * 20
        assert len(await record.shown(general.pk)) == 20 * 20
        await expect_complete_pages(people, general)


async def test_a_stopping_web_process_answers_earlier_posts(two_webs, crowd, general):
    web = two_webs.webs[0]
    async with crowd(two_webs, 4) as people:
        here = people[::2]
        posted = [await person.post("just before") for person in here]
        exit_code = await asyncio.to_thread(web.stop)  # waits 10 s at most
        assert exit_code == 0
        for person, client_id in zip(here, posted, strict=True):
            await person.until(lambda p=person: p.socket is None)
            assert {"type": "bye", "reason": "restart"} in person.frames
            assert person.closed_with == 1012
            assert client_id in person.acknowledged or client_id in person.outbox
        with pytest.raises(ProcessLookupError):
            os.kill(web.process.pid, 0)
        await asyncio.to_thread(web.start)
        await asyncio.gather(*(person.until(lambda p=person: not p.outbox) for person in here))
        assert await record.count_rows(posted) == len(posted)
        await expect_complete_pages(people, general)
