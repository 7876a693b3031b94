"""The same post many times over sockets and the API: one row, and the same answer each time."""

import asyncio
import uuid

import httpx
import pytest
from asgiref.sync import sync_to_async

from chat.models import Message
from chatsite.accounts.models import Token
from tests.chaos.person import Person
from tests.site import session_of

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 50
WAYS = 4  # a socket and the API, at each of two processes


async def test_fifty_concurrent_attempts_of_a_post_are_one_message(two_webs, general, alice):
    session = await sync_to_async(session_of)(alice)
    _, token = await sync_to_async(Token.objects.issue)(alice, "chaos", Token.Scope.WRITE)
    post = {"client_id": str(uuid.uuid4()), "body": "once"}
    urls = [web.url for web in two_webs.webs]
    async with (
        Person(urls[0], session, general.pk) as first,
        Person(urls[1], session, general.pk) as second,
        httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client,
    ):
        ways = [
            lambda: over_api(client, urls[0], general, post),
            lambda: over_api(client, urls[1], general, post),
            lambda: first.send({"type": "post", "room": general.pk, **post}),
            lambda: second.send({"type": "post", "room": general.pk, **post}),
        ]
        answers = await asyncio.gather(*(ways[n % WAYS]() for n in range(TIMES)))
        by_api = [answer for answer in answers if answer is not None]
        expected = TIMES - len(by_api)
        await first.until(lambda: len(posted(first)) + len(posted(second)) == expected, 30)
        answers = by_api + posted(first) + posted(second)
    assert len(answers) == TIMES
    assert len(set(answers)) == 1
    assert await Message.objects.filter(author=alice).acount() == 1
    await general.arefresh_from_db()
    assert general.head == 1


async def over_api(client: httpx.AsyncClient, url: str, room, post: dict) -> tuple[int, ...]:
    response = await client.post(f"{url}/api/rooms/{room.pk}/messages", json=post)
    assert response.status_code in (200, 201), response.text
    return numbers(response.json())


def posted(person: Person) -> list[tuple[int, ...]]:
    return [numbers(frame) for frame in person.frames if frame["type"] == "posted"]


def numbers(answer: dict) -> tuple[int, ...]:
    return answer["id"], answer["seq"], answer["version"]
