"""What an open socket may do is what its person may do now, not at the handshake."""

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
from tests.chat.services.test_permissions import deactivate, permit


async def test_a_demoted_moderator_does_not_delete(connect, alice, bob, charlie, general):
    await run(permit, charlie, "chat.delete_message")
    await run(memberships.join, charlie, general.pk)
    first, second = await run(post_message, bob, general), await run(post_message, bob, general)
    socket = await connect(charlie)
    await socket.open(general)
    assert (await socket.ask("delete", "message", message=first.pk))["deleted"]
    await run(charlie.user_permissions.clear)
    refused = await socket.ask("delete", "error", message=second.pk)
    assert refused["code"] == "forbidden"


async def test_a_superuser_who_is_none_any_more(connect, bob, staff, general):
    message = await run(post_message, bob, general)
    socket = await connect(staff)
    await run(type(staff).objects.filter(pk=staff.pk).update, is_superuser=False, is_staff=False)
    assert (await socket.ask("delete", "error", message=message.pk))["code"] == "forbidden"


async def test_an_owner_who_is_none_any_more(connect, alice, bob, general):
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
async def test_a_deactivated_person_whose_end_was_not_heard(connect, bob, general, kind, fields):
    message = await run(post_message, bob, general)
    socket = await connect(bob)
    await socket.open(general)
    await run(deactivate, bob)
    await socket.send(kind, room=general.pk, message=message.pk, **fields)
    answer = await socket.receive()
    while answer is not None and answer["type"] == "presence":
        answer = await socket.receive()
    # The hub, which catches up at times, may have seen it before.
    assert socket.close_code == BANNED if answer is None else answer["code"] == "forbidden"


@pytest.mark.parametrize(("kind", "fields"), FRAMES, ids=[kind for kind, _ in FRAMES])
async def test_a_removed_member_whose_end_was_not_heard(connect, alice, bob, den, kind, fields):
    await run(memberships.invite, alice, den.pk, "bob")
    message = await run(post_message, bob, den)
    socket = await connect(bob)
    await socket.open(den)
    await run(Membership.objects.filter(room=den, user=bob).delete)
    error = await socket.ask(kind, "error", room=den.pk, message=message.pk, **fields)
    assert error["code"] == "forbidden"


async def test_a_sign_in_that_expired_does_nothing_more(connect, alice, general):
    socket = await connect(alice)
    (server_socket,) = running_hub().registry.sockets
    server_socket.auth["expires"] = timezone.now() - timedelta(seconds=1)
    await socket.send("post", room=general.pk, client_id=str(uuid4()), body="Hello")
    assert await socket.closed() == SIGNED_OUT
