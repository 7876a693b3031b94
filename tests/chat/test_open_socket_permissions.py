"""An open socket has the permissions that its user has now, not those of the handshake."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.live.db_threads import run
from chat.live.hub import running_hub
from chat.models import Membership
from chat.protocol.close_codes import BANNED, SIGNED_OUT
from chat.services import memberships
from tests.chat.factories import post_message
from tests.chat.services.test_permissions import deactivate, grant


async def test_a_former_moderator_does_not_delete(connect, alice, bob, charlie, general):
    await run(grant, charlie, "chat.delete_message")
    await run(memberships.join, charlie, general.pk)
    first, second = await run(post_message, bob, general), await run(post_message, bob, general)
    socket = await connect(charlie)
    await socket.open(general)
    assert (await socket.ask("delete", "message", message=first.pk))["deleted"]
    await run(charlie.user_permissions.clear)
    refused = await socket.ask("delete", "error", message=second.pk)
    assert refused["code"] == "forbidden"


async def test_a_former_superuser_does_not_delete(connect, bob, staff, general):
    message = await run(post_message, bob, general)
    socket = await connect(staff)
    await run(type(staff).objects.filter(pk=staff.pk).update, is_superuser=False, is_staff=False)
    assert (await socket.ask("delete", "error", message=message.pk))["code"] == "forbidden"


async def test_a_former_owner_does_not_delete(connect, alice, bob, general):
    message = await run(post_message, bob, general)
    socket = await connect(alice)
    await run(Membership.objects.filter(user=alice).update, is_owner=False)
    assert (await socket.ask("delete", "error", message=message.pk))["code"] == "forbidden"


FRAMES = [
    ("open", {"since": None}),
    ("post", {"client_id": str(uuid4()), "body": "Hello"}),
    ("edit", {"body": "Changed"}),
    ("delete", {}),
    ("react", {"emoji": "👍", "on": True}),
    ("read", {"seq": 1}),
    ("typing", {}),
]


@pytest.mark.parametrize(("kind", "fields"), FRAMES, ids=[kind for kind, _ in FRAMES])
async def test_a_deactivated_user_is_refused_although_the_event_was_lost(
    connect, bob, general, kind, fields
):
    message = await run(post_message, bob, general)
    socket = await connect(bob)
    await socket.open(general)
    await run(deactivate, bob)
    await socket.send(kind, room=general.pk, message=message.pk, **fields)
    answer = await socket.receive()
    while answer is not None and answer["type"] == "presence":
        answer = await socket.receive()
    # The hub catches up from time to time, so it may have closed the socket already.
    assert socket.close_code == BANNED if answer is None else answer["code"] == "forbidden"


@pytest.mark.parametrize(("kind", "fields"), FRAMES, ids=[kind for kind, _ in FRAMES])
async def test_a_removed_member_is_refused_although_the_event_was_lost(
    connect, alice, bob, den, kind, fields
):
    await run(memberships.invite, alice, den.pk, "bob")
    message = await run(post_message, bob, den)
    socket = await connect(bob)
    await socket.open(den)
    await run(Membership.objects.filter(room=den, user=bob).delete)
    error = await socket.ask(kind, "error", room=den.pk, message=message.pk, **fields)
    assert error["code"] == "forbidden"


async def test_an_expired_session_closes_its_socket_at_the_next_frame(connect, alice, general):
    socket = await connect(alice)
    (server_socket,) = running_hub().registry.sockets
    server_socket.auth["expires"] = timezone.now() - timedelta(seconds=1)
    await socket.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    assert await socket.closed() == SIGNED_OUT
