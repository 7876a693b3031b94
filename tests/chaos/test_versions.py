"""Posts, edits, deletions and reactions from two processes at once: versions rise by one, and what
a client was told is what the database holds."""

import asyncio
import random

import pytest

from tests.chaos import record
from tests.chaos.test_redis_lost import everybody_has_everything

pytestmark = pytest.mark.django_db(transaction=True)

ACTIONS = 25  # of each person


async def act(person, choice: random.Random) -> None:
    anybodys = [m for m in person.messages.values() if not m["deleted"]]
    own = [m for m in anybodys if m["author"]["id"] == person.user_id]
    kind = choice.choice(["post", "post", "edit", "delete", "react", "react"])
    if kind == "edit" and own:
        frame = {"type": "edit", "message": choice.choice(own)["id"], "body": str(choice.random())}
    elif kind == "delete" and own:
        frame = {"type": "delete", "message": choice.choice(own)["id"]}
    elif kind == "react" and anybodys:
        emoji, on = choice.choice("👍🎉😀"), choice.random() < 0.7
        message = choice.choice(anybodys)["id"]
        frame = {"type": "react", "message": message, "emoji": emoji, "on": on}
    else:
        await person.post(str(choice.random()))
        return
    await person.send(frame)
    await asyncio.sleep(choice.random() / 50)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_replayed_frames_give_what_the_database_holds(two_webs, crowd, general, seed):
    async with crowd(two_webs, 6) as people:

        async def act_on(person, number):
            choice = random.Random(seed * 1000 + number)
            for _ in range(ACTIONS):
                await act(person, choice)

        await asyncio.gather(*(act_on(person, n) for n, person in enumerate(people)))
        await asyncio.gather(*(person.until(lambda p=person: not p.outbox) for person in people))
        await asyncio.gather(*(person.settled() for person in people))
        await everybody_has_everything(people, general)
        head, versions = await record.versions(general.pk)
        assert versions[-1] == head
        for person in people:
            heard = [f["version"] for f in person.frames if f["type"] == "message"]
            anew = list(dict.fromkeys(heard))  # what changed nothing is answered with the present
            assert anew == list(range(1, head + 1)), "a live client hears every version, in order"
