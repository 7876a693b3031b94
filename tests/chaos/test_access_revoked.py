"""After a removal or a sign-out no process sends anything more to the user."""

import asyncio
import uuid

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

from chat.services import memberships, posting, rooms
from chatsite.accounts import access
from chatsite.accounts.models import Token
from tests.chaos.person import Person
from tests.chaos.test_redis_lost import SECONDS_AFTER_RETURN
from tests.site import Site, session_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def webs(transactional_db):
    with Site(processes=2) as site:
        yield site


@pytest.fixture
def den(alice, bob, charlie):
    room = rooms.create(alice, "Den", private=True)
    for name in ("bob", "charlie"):
        memberships.invite(alice, room.pk, name)
    return room


def has_message(frames: list[dict], body: str) -> bool:
    return any(frame.get("data", {}).get("body") == body for frame in frames)


async def test_a_removed_member_receives_and_posts_nothing_more(webs, den, alice, bob, charlie):
    urls = [web.url for web in webs.webs]
    sessions = [await sync_to_async(session_of)(user) for user in (alice, bob, charlie)]
    async with (
        Person(urls[0], sessions[0], den.pk) as hers,
        Person(urls[1], sessions[1], den.pk) as his,
        Person(urls[1], sessions[2], den.pk) as others,
    ):
        await hers.post("before")
        await his.until(lambda: has_message(his.frames, "before"))
        await sync_to_async(memberships.remove)(alice, den.pk, bob.pk)
        await his.until(lambda: any(frame.get("member") is False for frame in his.frames))
        await hers.post("after")
        await others.until(lambda: has_message(others.frames, "after"))
        await his.post("I am still here")
        await his.until(lambda: any(frame["type"] == "error" for frame in his.frames))
        assert not has_message(his.frames, "after")
    bodies = await sync_to_async(lambda: list(den.messages.values_list("body", flat=True)))()
    assert bodies == ["before", "after"]


async def test_signing_out_closes_the_sockets_at_all_processes(webs, general, alice, bob):
    urls = [web.url for web in webs.webs]
    sessions = [await sync_to_async(session_of)(bob) for _ in urls]
    async with (
        Person(urls[0], sessions[0], general.pk) as here,
        Person(urls[1], sessions[1], general.pk) as there,
    ):
        user = await sync_to_async(get_user_model().objects.get)(pk=bob.pk)
        await sync_to_async(access.sign_out)(user)
        for person in (here, there):
            await person.until(lambda p=person: p.closed_with == 4401)
        await sync_to_async(posting.post)(alice, general.pk, uuid.uuid4(), "after")
        assert not has_message(here.frames + there.frames, "after")


async def test_a_token_revoked_while_redis_is_away_closes_its_socket(two_webs, valkey, alice):
    """The event is lost, and its sender is never heard again. The web process notices the
    revocation when Redis is back, however short the outage was."""
    revoked, kept = [
        await sync_to_async(Token.objects.issue)(alice, name, "read") for name in ("old", "new")
    ]
    address = two_webs.url.replace("http", "ws") + "/ws/"
    headers = [{"Authorization": f"Bearer {secret}"} for _, secret in (revoked, kept)]
    async with (
        websockets.connect(address, additional_headers=headers[0]) as old,
        websockets.connect(address, additional_headers=headers[1]) as new,
    ):
        await new.recv()
        valkey.kill()
        await sync_to_async(revoked[0].delete)()
        await asyncio.to_thread(valkey.start)
        async with asyncio.timeout(SECONDS_AFTER_RETURN):
            await old.wait_closed()
        assert old.close_code == 4401
        assert new.close_code is None
