import asyncio
from uuid import uuid4

from chat.models import Message
from chat.threads import read

EXIT_SECONDS = 5


async def test_what_was_posted_is_written_and_answered(site, connect, alice, bob, general):
    mine, theirs = await connect(alice, site.url), await connect(bob, site.url)
    for _ in range(300):
        await mine.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    first = await mine.next("posted")
    web = site.webs[0]
    web.process.terminate()
    frames = [first]
    while (frame := await mine.receive()) is not None:
        frames.append(frame)
    assert {"type": "bye", "reason": "restart"} in frames
    answered = {frame["client_id"] for frame in frames if frame["type"] == "posted"}
    written = await read(list, Message.objects.values_list("client_id", flat=True))
    assert answered == set(map(str, written))
    assert (await theirs.next("bye"))["reason"] == "restart"
    assert [await talk.closed() for talk in (mine, theirs)] == [1012, 1012]
    assert await asyncio.to_thread(web.process.wait, EXIT_SECONDS) == 0
