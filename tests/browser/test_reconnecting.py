"""The socket comes back by itself, whatever ended it."""

import json
import uuid

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import post_batch, posting, posts
from tests.browser.people import bodies, composer, connected, message, send

BACK_MS = 30_000
TOO_SLOW, BANNED = 4408, 4403


class Wire:
    """The page's sockets, with a hand on them."""

    def __init__(self, page):
        self.sockets = []
        page.route_web_socket("**/ws/", self.connect)

    def connect(self, socket):
        self.sockets.append(socket)
        socket.connect_to_server()

    def cut(self, code):
        self.sockets[-1].close(code=code)


@pytest.fixture
def wired(url, general, alice, visit):
    """alice's page in General, and its wire."""
    page = visit(alice, url)
    wire = Wire(page)
    page.goto(f"{url}/rooms/{general.pk}/")
    return connected(page), wire


def test_who_was_too_slow_comes_back_and_catches_up(wired, general, bob):
    page, wire = wired
    wire.cut(TOO_SLOW)
    posting.post(bob, general.pk, uuid.uuid4(), "meanwhile")
    expect(message(page, "meanwhile")).to_be_visible()
    assert len(wire.sockets) == 2


def test_who_is_banned_is_told_and_does_not_come_back(wired):
    page, wire = wired
    wire.cut(BANNED)
    expect(page.locator("#notice")).to_contain_text("may no longer use the site")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1000)
    assert len(wire.sockets) == 1


def test_a_restart_of_the_server_costs_nothing(site, general, alice, bob, visit):
    at_alice = connected(visit(alice, f"{site.url}/rooms/{general.pk}/"))
    at_bob = connected(visit(bob, f"{site.url}/rooms/{general.pk}/"))
    site.webs[0].stop()
    send(at_alice, "said in between")
    site.webs[0].start()
    expect(message(at_bob, "said in between")).to_be_visible(timeout=BACK_MS)
    send(at_bob, "and after")
    expect(message(at_alice, "and after")).to_be_visible()
    assert bodies(at_alice) == bodies(at_bob) == ["said in between", "and after"]


def test_two_tabs_of_one_person_send_once(site, general, alice, visit):
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


def test_after_too_much_has_changed_the_page_is_loaded_anew(site, general, alice, bob, visit):
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


def test_a_handshake_that_says_nothing_is_noticed_and_tried_again(url, general, alice, visit):
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


def test_a_room_that_could_not_be_opened_is_opened_later(url, general, alice, bob, visit):
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
