"""The user of a WebSocket, on the real site."""

import json
from contextlib import ExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from django.utils import timezone
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import presence
from chat.live.hub import running_hub
from chat.models import Message
from chat.services import memberships
from chatsite.accounts.models import Token
from chatsite.accounts.socket_auth import SocketAuthMiddleware, identify_by_session, request_of
from tests.site import Site

from .conftest import PASSWORD, basic, bearer
from .socket_frames import (
    WAIT_SECONDS,
    close_code,
    cookie,
    greeted_user,
    next_frame,
    wait_until_subscribed,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), Site() as site:
        yield site


@pytest.fixture
def dial(site):
    """Returns dial(headers, origin), which returns an open socket."""
    address = site.url.replace("http", "ws") + "/ws/"
    with ExitStack() as stack:
        yield lambda headers=None, origin=None: stack.enter_context(
            connect(address, additional_headers=headers, origin=origin)
        )


def refusal(dial, *args) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        dial(*args)
    response = refused.value.response
    return response.status_code, json.loads(response.body)["detail"]


def test_a_session_token_or_password_signs_in(dial, alice, token):
    for headers in (cookie(alice), bearer(token), basic("alice", PASSWORD)):
        assert greeted_user(dial(headers)) == "alice"


def test_a_socket_without_credentials_is_refused(dial):
    assert refusal(dial) == (403, "Sign in first.")
    for forged in ("forged", '"\\000forgedforged"'):  # \000 is a NUL
        assert refusal(dial, {"Cookie": f"sessionid={forged}"}) == (403, "Sign in first.")


def test_wrong_credentials_are_refused(dial, alice, token):
    for headers in (bearer("chat_wrong"), basic("alice", "wrong"), {"Authorization": "Digest x"}):
        assert refusal(dial, headers)[0] == 403


def test_a_deactivated_person_is_refused(dial, alice, token):
    session = cookie(alice)
    alice.is_active = False
    alice.save()
    for headers in (session, bearer(token), basic("alice", PASSWORD)):
        assert refusal(dial, headers)[0] == 403


def test_an_expired_session_or_token_is_refused(dial, alice):
    yesterday = timezone.now() - timedelta(days=1)
    _, secret = Token.objects.issue(alice, "old", "read", yesterday)
    assert refusal(dial, bearer(secret))[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_site_is_refused(dial, alice, origin):
    assert refusal(dial, cookie(alice), origin) == (403, "Sockets from other sites are refused.")


def test_our_own_pages_are_accepted(dial, site, alice):
    assert greeted_user(dial(cookie(alice), site.url)) == "alice"


def test_signing_out_closes_only_the_sockets_of_that_session(dial, client, alice, token):
    client.force_login(alice)
    here = dial({"Cookie": f"sessionid={client.session.session_key}"})
    others = [dial(cookie(alice)), dial(bearer(token))]
    wait_until_subscribed(here, alice)
    client.post("/accounts/logout/")
    assert close_code(here) == 4401
    for socket in others:
        socket.send('{"type":"ping"}')
        while json.loads(socket.recv(WAIT_SECONDS))["type"] != "pong":
            pass


def test_an_expiring_session_closes_its_socket(dial, client, alice):
    client.force_login(alice)
    session = client.session
    session.set_expiry(1)
    session.save()
    socket = dial({"Cookie": f"sessionid={session.session_key}"})
    greeted_user(socket)
    assert close_code(socket) == 4401


def test_an_expiring_token_closes_its_socket(dial, alice):
    soon = timezone.now() + timedelta(seconds=1)
    socket = dial(bearer(Token.objects.issue(alice, "brief", "read", soon)[1]))
    greeted_user(socket)
    assert close_code(socket) == 4401


def test_a_revoked_token_closes_its_socket(dial, alice, token):
    socket = dial(bearer(token))
    wait_until_subscribed(socket, alice)
    Token.objects.get().delete()
    assert close_code(socket) == 4401


def test_a_new_password_closes_every_socket(dial, alice, token):
    sockets = [dial(cookie(alice)), dial(bearer(token)), dial(basic("alice", PASSWORD))]
    wait_until_subscribed(sockets[0], alice)
    alice.set_password("battery staple 7")
    alice.save()
    assert [close_code(socket) for socket in sockets] == [4401] * 3


def test_deletion_closes_every_socket(dial, alice, token):
    sockets = [dial(cookie(alice)), dial(bearer(token)), dial(basic("alice", PASSWORD))]
    wait_until_subscribed(sockets[0], alice)
    alice.delete()
    assert [close_code(socket) for socket in sockets] == [4401] * 3


def test_deactivation_closes_every_socket_for_good(dial, alice, token):
    sockets = [dial(cookie(alice)), dial(bearer(token))]
    wait_until_subscribed(sockets[0], alice)
    alice.is_active = False
    alice.save()
    assert [close_code(socket) for socket in sockets] == [4403] * 2


def test_a_handshake_by_session_asks_the_database_once(client, alice, django_assert_num_queries):
    client.force_login(alice)
    cookie = f"sessionid={client.session.session_key}".encode()
    scope = {"type": "websocket", "path": "/ws/", "headers": [(b"cookie", cookie)]}
    with django_assert_num_queries(1):
        assert identify_by_session(request_of(scope)).user == alice


@pytest.fixture
async def hub_stopped():
    yield
    await running_hub().stop()


async def test_a_server_that_cannot_refuse_closes_the_socket(hub_stopped):
    scope = {"type": "websocket", "path": "/ws/", "headers": []}
    socket = ApplicationCommunicator(SocketAuthMiddleware(app=None), scope)
    await socket.send_input({"type": "websocket.connect"})
    assert await socket.receive_output() == {"type": "websocket.accept"}
    closed = {"type": "websocket.close", "code": 4401, "reason": "Sign in first."}
    assert await socket.receive_output() == closed


@pytest.mark.parametrize("path", ["/", "/nowhere/", "/ws", "/ws/1/", "/ws/%ff", "/rooms/1/"])
@pytest.mark.parametrize("is_known", [True, False])
def test_other_addresses_have_no_socket(site, alice, path, is_known):
    address = site.url.replace("http", "ws") + path
    headers = cookie(alice) if is_known else None
    with pytest.raises(InvalidStatus) as refused, connect(address, additional_headers=headers):
        pass
    assert refused.value.response.status_code == 404


def test_a_read_only_token_writes_nothing(dial, alice, general):
    _, secret = Token.objects.issue(alice, "reader", Token.Scope.READ)
    socket = dial(bearer(secret))
    greeted_user(socket)
    socket.send(json.dumps({"type": "open", "room": general.pk, "since": None}))
    assert next_frame(socket, "opened")["head"] == 0
    for frame in (
        {"type": "post", "room": general.pk, "client_id": str(uuid4()), "body": "hi"},
        {"type": "read", "room": general.pk, "seq": 0},
        {"type": "typing", "room": general.pk},
    ):
        socket.send(json.dumps(frame))
        detail = next_frame(socket, "error")["detail"]
        assert detail == "This token can only read. Use one that can write."
    assert not Message.objects.exists()


def test_a_user_who_appears_offline_is_not_announced(dial, alice, bob, general):
    memberships.join(bob, general.pk)
    his = dial(cookie(bob))
    wait_until_subscribed(his, bob)
    hers = dial(cookie(alice))
    while alice.pk not in next_frame(his, "presence")["here"]:
        pass
    alice.appears_offline = True
    alice.save()
    while alice.pk not in next_frame(his, "presence")["left"]:
        pass
    assert presence.is_online([alice.pk]) == set()
    again = dial(cookie(bob))
    assert alice.pk not in next_frame(again, "hello")["here"]
    hers.close()
