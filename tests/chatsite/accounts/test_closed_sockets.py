"""A session or token that ends in one web process closes its sockets in all processes."""

from contextlib import ExitStack

import httpx
import pytest
from django.contrib.auth import get_user_model
from websockets.sync.client import connect

import presence
from chat.services import memberships, rooms
from chatsite.accounts.models import Token
from tests.site import Site, session_of

from .conftest import PASSWORD, bearer
from .socket_frames import close_code, cookie, next_frame, wait_until_subscribed

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "battery staple 7"


@pytest.fixture(scope="module")
def webs(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), Site(processes=2) as site:
        yield [web.url for web in site.webs]


@pytest.fixture
def sockets(webs, alice, token):
    """Returns Alice's sockets: to each process one by session and one by token."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(connect(f"{url}/ws/".replace("http", "ws"), additional_headers=by))
            for url in webs
            for by in (cookie(alice), bearer(token))
        ]
        for socket in opened:
            wait_until_subscribed(socket, alice)
        yield opened


def act(url: str, session: str, path: str, **fields: str) -> None:
    """Posts a form to one process."""
    with httpx.Client(base_url=url, cookies={"sessionid": session}) as browser:
        browser.get("/accounts/profile/")
        fields["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        assert browser.post(path, data=fields).status_code == 302


def test_signing_out_all_other_devices(webs, sockets, alice):
    sessions = [socket.request.headers["Cookie"] for socket in sockets[::2]]
    for url, session in zip(webs, sessions, strict=True):  # a request makes the device known
        httpx.get(f"{url}/accounts/devices/", headers={"Cookie": session})
    act(webs[0], session_of(alice), "/accounts/devices/others/sign-out/")
    assert [close_code(socket) for socket in sockets[::2]] == [4401] * 2
    for socket in sockets[1::2]:  # sockets of tokens stay
        wait_until_subscribed(socket, alice)


def test_a_new_password(webs, sockets, alice):
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    act(webs[0], session_of(alice), "/accounts/password/change/", **fields)
    assert [close_code(socket) for socket in sockets] == [4401] * 4


def test_revoking_a_token(webs, sockets, alice):
    path = f"/accounts/devices/tokens/{Token.objects.get().pk}/revoke/"
    act(webs[0], session_of(alice), path)
    assert [close_code(socket) for socket in sockets[1::2]] == [4401] * 2


def test_deactivation_in_the_admin(webs, sockets, alice):
    admin = get_user_model().objects.create_superuser("admin", password=PASSWORD)
    path = f"/admin/accounts/user/{alice.pk}/change/"
    act(webs[0], session_of(admin), path, username="alice", name="Alice", is_active="")
    assert [close_code(socket) for socket in sockets] == [4403] * 4


def use_devices(webs, sockets) -> None:
    """A device is known once a page was requested with its session."""
    for url, socket in zip(webs, sockets[::2], strict=True):
        httpx.get(f"{url}/accounts/devices/", headers={"Cookie": socket.request.headers["Cookie"]})


def online(url: str, user) -> set[str]:
    cookies = {"sessionid": session_of(user)}
    users = httpx.get(f"{url}/api/users/online", cookies=cookies).json()["users"]
    return {user["username"] for user in users}


def test_a_deactivated_user_is_offline_in_every_process(webs, sockets, alice, bob):
    use_devices(webs, sockets)
    general = rooms.create(bob, "General")
    memberships.join(alice, general.pk)
    with connect(f"{webs[1]}/ws/".replace("http", "ws"), additional_headers=cookie(bob)) as his:
        here = next_frame(his, "hello")["here"]
        while alice.pk not in here:
            here = next_frame(his, "presence")["here"]
        alice.is_active = False
        alice.save()
        assert [close_code(socket) for socket in sockets] == [4403] * 4
        while alice.pk not in next_frame(his, "presence")["left"]:
            pass
        assert [online(url, bob) for url in webs] == [{"bob"}] * 2
        assert presence.is_online([alice.pk]) == set()


def test_deletion(sockets, alice):
    get_user_model().objects.filter(pk=alice.pk).delete()  # by a third process, this one
    assert [close_code(socket) for socket in sockets] == [4401] * 4
