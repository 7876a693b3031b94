from datetime import timedelta
from uuid import uuid4

import pytest
import websockets
from django.utils import timezone

from chat.live.db_threads import run
from chat.live.heartbeat import SOCKETS_TICKS
from chat.live.hub import running_hub
from chat.models import Message
from chat.protocol.close_codes import BANNED, SIGNED_OUT
from chat.services import sign_outs
from chatsite.accounts.models import Token

FOREIGN = {"Origin": "https://evil.example"}


async def test_an_anonymous_handshake_is_closed(connect):
    socket = await connect(None)
    assert (socket.hello, socket.close_code) == (None, SIGNED_OUT)


async def test_an_anonymous_handshake_gets_403_from_a_server_that_can_refuse(connect, server):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await connect(None, server)
    assert refusal.value.response.status_code == 403


async def test_a_handshake_from_another_site_is_closed(connect, alice):
    socket = await connect(alice, **FOREIGN)
    assert (socket.hello, socket.close_code) == (None, SIGNED_OUT)


async def test_a_handshake_from_another_site_gets_403_from_a_server_that_can_refuse(
    connect, server, alice
):
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await connect(alice, server, **FOREIGN)
    assert refusal.value.response.status_code == 403


async def test_a_session_that_ends_closes_its_sockets(connect, url, alice, bob):
    first, second, theirs = [await connect(user, url) for user in (alice, alice, bob)]
    await run(sign_outs.end_session, first.session)
    assert await first.closed() == SIGNED_OUT
    await second.settled()
    await theirs.settled()


@pytest.mark.parametrize("code", [SIGNED_OUT, BANNED])
async def test_signing_out_everywhere_closes_all_sockets_of_the_user(
    connect, url, alice, bob, code
):
    mine, theirs = [await connect(alice, url) for _ in range(2)], await connect(bob, url)
    await run(sign_outs.end_user, alice.pk, code)
    assert [await socket.closed() for socket in mine] == [code, code]
    await theirs.settled()


async def test_revoking_a_token_closes_its_sockets(connect, url, alice):
    tokens = [await run(Token.objects.issue, alice, "bot", "write") for _ in range(2)]
    first, second = [
        await connect(alice, url, Authorization=f"Bearer {secret}") for _, secret in tokens
    ]
    await run(sign_outs.end_token, tokens[0][0].pk)
    assert await first.closed() == SIGNED_OUT
    await second.settled()


async def test_an_expired_session_closes_its_sockets(connect, alice, bob):
    mine, theirs = await connect(alice), await connect(bob)
    socket = next(
        s for s in running_hub().registry.sockets if s.auth["session_key"] == mine.session
    )
    assert socket.auth["expires"] > timezone.now()
    socket.auth["expires"] = timezone.now() - timedelta(seconds=1)
    for _ in range(SOCKETS_TICKS):
        await running_hub().heartbeat.tick()
    assert await mine.closed() == SIGNED_OUT
    await theirs.settled()


async def test_a_frame_after_the_sign_out_is_ignored(connect, alice, general):
    socket = await connect(alice)
    await run(sign_outs.end_user, alice.pk)
    assert await socket.closed() == SIGNED_OUT
    await socket.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    await socket.end()
    await running_hub().batcher.drain()
    assert not await run(Message.objects.exists)


async def test_a_closed_socket_leaves_nothing_in_the_registry(connect, alice, general):
    socket = await connect(alice)
    await socket.open(general)
    hub = running_hub()
    assert hub.registry.sockets
    assert hub.registry.feeds
    await socket.end()
    assert not hub.registry.sockets
    assert not hub.registry.feeds
    assert not hub.registry.sockets_by_key
