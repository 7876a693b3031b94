"""Posts while the site is down are kept, shown, and sent once and in order when it is back."""

import uuid

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from chat.models import Message
from chat.services import editing, memberships, posting, rooms
from tests.browser.page_actions import BACK_MS, bodies, composer, connected, message, pending, send


@pytest.fixture
def room_url(site, general):
    return f"{site.url}/rooms/{general.pk}/"


def test_posts_wait_while_the_site_is_down_and_are_sent_in_order(site, room_url, alice, bob, visit):
    at_alice, at_bob = connected(visit(alice, room_url)), connected(visit(bob, room_url))
    site.webs[0].kill()
    for text in ("one", "two", "three"):
        send(at_alice, text)
    expect(pending(at_alice, "three")).to_be_visible()
    expect(at_alice.locator("#notice")).to_contain_text("Reconnecting")
    assert Message.objects.count() == 0

    site.webs[0].start()
    expect(message(at_bob, "three")).to_be_visible(timeout=BACK_MS)
    expect(message(at_alice, "three")).to_be_visible(timeout=BACK_MS)
    expect(at_alice.locator("#notice")).to_be_hidden()
    assert bodies(at_alice) == bodies(at_bob) == ["one", "two", "three"]
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == bodies(at_bob)


def test_an_unsent_post_survives_a_reload(site, room_url, alice, visit):
    page = connected(visit(alice, room_url))
    site.webs[0].kill()
    send(page, "kept")
    expect(pending(page, "kept")).to_be_visible()
    page.goto("about:blank")
    site.webs[0].start()
    page.goto(room_url)
    expect(message(page, "kept")).to_be_visible(timeout=BACK_MS)
    assert bodies(page) == ["kept"]
    page.reload()
    assert bodies(page) == ["kept"]
    assert Message.objects.count() == 1


def test_an_unsent_post_is_sent_from_any_page_of_the_site(site, room_url, alice, bob, visit):
    at_alice, at_bob = connected(visit(alice, room_url)), connected(visit(bob, room_url))
    site.webs[0].kill()
    send(at_alice, "from elsewhere")
    at_alice.goto("about:blank")
    site.webs[0].start()
    at_alice.goto(site.url)
    expect(message(at_bob, "from elsewhere")).to_be_visible(timeout=BACK_MS)


def test_a_stored_post_without_an_answer_is_not_shown_twice(url, general, alice, visit):
    """The page was closed after the commit and before the acknowledgement."""
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    client_id = put_into_outbox(page, alice, general, "once")
    posting.post(alice, general.pk, client_id, "once")
    page.reload()
    connected(page)
    assert bodies(page) == ["once"]
    kept = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('outbox:'))")
    assert kept == []
    assert Message.objects.count() == 1


def test_a_refused_post_shows_the_reason_and_can_be_discarded(url, general, alice, visit):
    page = visit(alice, f"{url}/rooms/{general.pk}/")
    put_into_outbox(page, alice, general, "a" * 4001)
    page.reload()
    failed = page.locator("#pending .failed")
    reason = "A message can have at most 4,000 characters. Shorten it."
    expect(failed).to_contain_text(f"Not sent: {reason}")
    page.reload()
    expect(failed).to_contain_text("Not sent")
    failed.get_by_role("button", name="Discard").click()
    expect(failed).to_have_count(0)
    page.reload()
    expect(page.locator(".message")).to_have_count(0)


def test_a_refused_post_is_sent_again_on_request(url, alice, bob, visit):
    board = rooms.create(bob, "Board", private=True)
    page = connected(visit(alice, url))
    put_into_outbox(page, alice, board, "Let me in")
    page.evaluate("location.reload()")
    expect(page.get_by_text("A message in another room was not sent")).to_be_visible()
    memberships.invite(bob, board.pk, "alice")
    page.goto(f"{url}/rooms/{board.pk}/")
    page.get_by_role("button", name="Retry").click()
    expect(message(page, "Let me in")).to_be_visible()
    assert bodies(page) == ["Let me in"]


def test_a_refused_post_does_not_block_the_next(url, general, alice, visit):
    page = visit(alice, f"{url}/rooms/{general.pk}/")
    put_into_outbox(page, alice, general, "a" * 4001)
    page.reload()
    connected(page)
    send(page, "next")
    expect(message(page, "next")).to_be_visible()


def test_changes_made_during_a_disconnection_appear(site, room_url, general, alice, bob, visit):
    edited = posting.post(bob, general.pk, uuid.uuid4(), "draft").message
    deleted = posting.post(bob, general.pk, uuid.uuid4(), "regret").message
    page = connected(visit(alice, room_url))
    site.webs[0].kill()
    editing.edit(bob, edited.pk, "final")
    editing.delete(bob, deleted.pk)
    posting.post(bob, general.pk, uuid.uuid4(), "new")
    site.webs[0].start()
    expect(message(page, "new")).to_be_visible(timeout=BACK_MS)
    assert bodies(page) == ["final", "Message by Bob deleted", "new"]


def test_the_next_frame_reveals_a_lost_frame(url, general, alice, bob, visit):
    page = visit(alice, url)
    lost = []

    def pass_on(frame):
        if frame.startswith('{"type":"message"') and "vanishing" in frame and not lost:
            lost.append(frame)
        else:
            socket.send(frame)

    def connect(opened):
        nonlocal socket
        socket = opened
        socket.connect_to_server().on_message(pass_on)

    socket = None
    page.route_web_socket("**/ws/", connect)
    page.goto(f"{url}/rooms/{general.pk}/")
    connected(page)
    for text in ("before", "vanishing", "after"):
        posting.post(bob, general.pk, uuid.uuid4(), text)
        if text == "before":
            expect(message(page, text)).to_be_visible()
    expect(message(page, "after")).to_be_visible()
    expect(message(page, "vanishing")).to_be_visible()
    assert lost
    assert bodies(page) == ["before", "vanishing", "after"]


def test_the_page_of_a_signed_out_user_goes_to_the_sign_in_page(url, general, alice, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    Session.objects.all().delete()
    expect(page).to_have_url(f"{url}/accounts/login/?next=/rooms/{general.pk}/")


def test_an_unsent_draft_appears_on_another_device(url, general, alice, visit):
    page = visit(alice, f"{url}/rooms/{general.pk}/")
    with page.expect_response("**/draft/"):
        composer(page).press_sequentially("half a tho")
    other = visit(alice, f"{url}/rooms/{general.pk}/")
    expect(composer(other)).to_have_value("half a tho")
    connected(other)
    with other.expect_response("**/draft/"):
        send(other, "a whole thought")
    page.reload()
    expect(composer(page)).to_have_value("")


def test_a_draft_is_saved_when_the_page_is_left_immediately(url, general, alice, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    composer(page).fill("gone in a hurry")
    page.goto(url)
    page.goto(f"{url}/rooms/{general.pk}/")
    expect(composer(page)).to_have_value("gone in a hurry")


def put_into_outbox(page, user, room, body):
    """Puts a post into the browser's outbox, as a closed page leaves it."""
    client_id = uuid.uuid4()
    item = {"client_id": str(client_id), "room": room.pk, "body": body, "reply_to": None}
    page.evaluate(
        "([key, item]) => localStorage.setItem(key, JSON.stringify(item))",
        [f"outbox:{user.pk}:{client_id}", {**item, "order": 1}],
    )
    return client_id
