"""A user who reaches a rate limit sees a notice, loses nothing, and need not repeat anything."""

import pytest
from playwright.sync_api import expect

from chat.models import Message
from tests.browser.page_actions import bodies, composer, connected, message, pending, send
from tests.site import Site

WAIT_MS = 30_000
TRIES = 500
LOW = {
    "CHANGES_PER_MINUTE": "30",  # a burst of 3
    "ROOMS_PER_MINUTE": "6",  # a burst of 9
    "SEARCHES_PER_MINUTE": "20",  # a burst of 4
    "SOCKETS_PER_PERSON": "2",
    "OPENS_PER_MINUTE": "20",  # a burst of 10
}

EMPTY_FORMS = """async (count) => {
  const data = new FormData(document.querySelector("form.form"));
  const post = () => fetch(location, { method: "POST", body: data });
  await Promise.all(Array.from({ length: count }, post));
}"""


@pytest.fixture
def strict(transactional_db):
    with Site(**LOW) as site:
        yield site.url


def test_posts_wait_and_are_sent_once_and_in_order(strict, alice, bob, general, visit):
    at_alice = connected(visit(alice, f"{strict}/rooms/{general.pk}/"))
    texts = [f"post {number}" for number in range(6)]
    for text in texts:
        send(at_alice, text)
    expect(pending(at_alice, "post 3")).to_contain_text("You are sending too fast.")
    send(at_alice, "the last")
    expect(message(at_alice, "the last")).to_be_visible(timeout=WAIT_MS)
    assert bodies(at_alice) == [*texts, "the last"]
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == bodies(at_alice)


def test_waiting_posts_survive_a_reload(strict, alice, bob, general, visit):
    page = connected(visit(alice, f"{strict}/rooms/{general.pk}/"))
    texts = [f"post {number}" for number in range(5)]
    for text in texts:
        send(page, text)
    expect(pending(page, "post 3")).to_contain_text("You are sending too fast.")
    page.reload()
    expect(message(page, "post 4")).to_be_visible(timeout=WAIT_MS)
    assert bodies(page) == texts


def test_a_refused_search_is_repeated_automatically(strict, alice, bob, general, visit):
    page = connected(visit(alice, f"{strict}/rooms/{general.pk}/"))
    page.keyboard.press("Control+k")
    for text in ("x", "xy", "xyz", "x", "b", "bo", "bob"):
        with page.expect_response("**/jump/**"):
            page.locator("#jump-to").fill(text)
    expect(page.locator("#jump-list")).to_contain_text("Bob", timeout=WAIT_MS)


RECONNECT_AND_CHECK = """() => {
  dispatchEvent(new Event("online"));
  return !document.getElementById("notice").checkVisibility();
}"""


def test_a_page_beyond_the_socket_limit_explains_it_and_reconnects(
    strict, alice, bob, general, visit
):
    address = f"{strict}/rooms/{general.pk}/"
    first, _ = connected(visit(alice, address)), connected(visit(alice, address))
    third = visit(alice, address)
    expect(third.locator("#notice")).to_contain_text("Close some of them")
    composer(third).fill("kept")
    first.goto("about:blank")
    third.wait_for_function(RECONNECT_AND_CHECK, polling=500)  # the page waits 30 s
    connected(third)
    expect(third.locator("#notice")).to_be_hidden()
    assert composer(third).input_value() == "kept"


def test_the_refusal_page_sends_the_form_again(strict, alice, general, visit):
    page = visit(alice, f"{strict}/rooms/new/")
    page.evaluate(EMPTY_FORMS, 10)
    page.get_by_label("Name").fill("Tea & cake")
    page.get_by_role("button", name="Create the room").click()
    expect(page.get_by_role("heading", name="Too many requests")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Your text is kept.")
    again, created = page.get_by_role("button", name="Try again"), page.locator("#composer")
    for _ in range(TRIES):
        again.or_(created).wait_for()
        if created.is_visible():
            break
        again.click()
    expect(page.get_by_role("heading", name="Tea & cake").first).to_be_visible()
