"""Concurrent posts, edits, deletions and reactions at two processes: versions rise by one, and
clients show the state of the database."""

import asyncio
import random

import pytest

from tests.chaos import record
from tests.chaos.test_redis_lost import expect_complete_pages

pytestmark = pytest.mark.django_db(transaction=True)

ACTIONS = 25  # of each person


async def act_once(person, choice: random.Random) -> None:
    all_messages = [m for m in person.messages.values() if not m["deleted"]]
    own = [m for m in all_messages if m["author"]["id"] == person.user_id]
    kind = choice.choice(["post", "post", "edit", "delete", "react", "react"])
    if kind == "edit" and own:
        frame = {"type": "edit", "message": choice.choice(own)["id"], "body": str(choice.random())}
    elif kind == "delete" and own:
        frame = {"type": "delete", "message": choice.choice(own)["id"]}
    elif kind == "react" and all_messages:
        emoji, on = choice.choice("👍🎉😀"), choice.random() < 0.7
        message = choice.choice(all_messages)["id"]
        frame = {"type": "react", "message": message, "emoji": emoji, "on": on}
    else:
        await person.post(str(choice.random()))
        return
    await person.send(frame)
    await asyncio.sleep(choice.random() / 50)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_frames_of_a_client_add_up_to_the_state_of_the_database(
    two_webs, crowd, general, seed
):
    async with crowd(two_webs, 6) as people:

        async def act_on(person, number):
            choice = random.Random(seed * 1000 + number)
            for _ in range(ACTIONS):
                await act_once(person, choice)

        await asyncio.gather(*(act_on(person, n) for n, person in enumerate(people)))
        await asyncio.gather(*(person.until(lambda p=person: not p.outbox) for person in people))
        await asyncio.gather(*(person.settled() for person in people))
        await expect_complete_pages(people, general)
        head, versions = await record.versions(general.pk)
        assert versions[-1] == head
        for person in people:
            received = [f["version"] for f in person.frames if f["type"] == "message"]
            # A change without effect is answered with the present state, so versions repeat.
            changes = list(dict.fromkeys(received))
            assert changes == list(range(1, head + 1)), "a client receives every version in order"
