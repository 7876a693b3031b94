"""The socket reconnects automatically after any kind of end."""

import json
import uuid

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import post_batch, posting, posts
from tests.browser.page_actions import BACK_MS, bodies, composer, connected, message, send

TOO_SLOW, BANNED = 4408, 4403


class PageSockets:
    """The sockets of a page, which the test can close."""

    def __init__(self, page):
        self.all = []
        page.route_web_socket("**/ws/", self.connect)

    def connect(self, socket):
        self.all.append(socket)
        socket.connect_to_server()

    def close_last(self, code):
        self.all[-1].close(code=code)


@pytest.fixture
def page_and_sockets(url, general, alice, visit):
    """A page of alice in General, and its sockets."""
    page = visit(alice, url)
    sockets = PageSockets(page)
    page.goto(f"{url}/rooms/{general.pk}/")
    return connected(page), sockets


def test_a_client_that_was_too_slow_reconnects_and_catches_up(page_and_sockets, general, bob):
    page, sockets = page_and_sockets
    sockets.close_last(TOO_SLOW)
    posting.post(bob, general.pk, uuid.uuid4(), "meanwhile")
    expect(message(page, "meanwhile")).to_be_visible()
    assert len(sockets.all) == 2


def test_a_banned_user_sees_a_notice_and_does_not_reconnect(page_and_sockets):
    page, sockets = page_and_sockets
    sockets.close_last(BANNED)
    expect(page.locator("#notice")).to_contain_text("may no longer use the site")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1000)
    assert len(sockets.all) == 1


def test_a_restart_of_the_server_loses_nothing(site, general, alice, bob, visit):
    at_alice = connected(visit(alice, f"{site.url}/rooms/{general.pk}/"))
    at_bob = connected(visit(bob, f"{site.url}/rooms/{general.pk}/"))
    site.webs[0].stop()
    send(at_alice, "said in between")
    site.webs[0].start()
    expect(message(at_bob, "said in between")).to_be_visible(timeout=BACK_MS)
    send(at_bob, "and after")
    expect(message(at_alice, "and after")).to_be_visible()
    assert bodies(at_alice) == bodies(at_bob) == ["said in between", "and after"]


def test_two_tabs_of_a_user_send_each_post_once(site, general, alice, visit):
    first = connected(visit(alice, f"{site.url}/rooms/{general.pk}/"))
    second = first.context.new_page()
    second.goto(f"{site.url}/rooms/{general.pk}/")
    connected(second)
    site.webs[0].kill()
    send(first, "from one")
    send(second, "from two")
    site.webs[0].start()
    for page in (first, second):
        expect(page.locator("#rows .message")).to_have_count(2, timeout=BACK_MS)
        expect(page.locator("#pending .message")).to_have_count(0)
        assert sorted(bodies(page)) == ["from one", "from two"]


def test_the_page_reloads_after_too_many_changes(site, general, alice, bob, visit):
    page = connected(visit(alice, f"{site.url}/rooms/{general.pk}/"))
    composer(page).fill("half a thought")
    site.webs[0].kill()
    many = [posts.Post(bob, general.pk, uuid.uuid4(), f"note {n}") for n in range(501)]
    post_batch.write(many)
    site.webs[0].start()
    expect(message(page, "note 500")).to_be_visible(timeout=BACK_MS)
    expect(page.locator("#rows .message")).to_have_count(50)
    expect(composer(page)).to_have_value("half a thought")
    assert Membership.objects.get(user=alice).draft == "half a thought"


def test_a_handshake_without_an_answer_is_repeated(url, general, alice, visit):
    page = visit(alice, url)
    silent = []

    def connect(socket):
        if silent:
            return socket.connect_to_server()
        return silent.append(socket)

    page.route_web_socket("**/ws/", connect)
    page.clock.install()
    page.goto(f"{url}/rooms/{general.pk}/")
    expect(page.locator("#notice")).to_be_hidden()
    page.clock.fast_forward(6_000)
    expect(page.locator("#notice")).to_contain_text("Reconnecting")
    page.clock.fast_forward(5_000)
    page.clock.fast_forward(2_000)
    expect(page.locator("#notice")).to_be_hidden()
    connected(page)


def test_opening_a_room_is_repeated_after_an_error(url, general, alice, bob, visit):
    page = visit(alice, url)
    refused = []

    def connect(socket):
        server = socket.connect_to_server()

        def pass_on(text):
            if '"open"' not in text or refused:
                return server.send(text)
            refused.append(text)
            error = {"type": "error", "code": "unavailable", "detail": "No.", "room": general.pk}
            return socket.send(json.dumps(error))

        socket.on_message(pass_on)

    page.route_web_socket("**/ws/", connect)
    page.goto(f"{url}/rooms/{general.pk}/")
    expect(page.locator("#toast")).to_have_text(
        "The latest messages could not be loaded. Trying again…"
    )
    posting.post(bob, general.pk, uuid.uuid4(), "meanwhile")
    expect(message(page, "meanwhile")).to_be_visible()
