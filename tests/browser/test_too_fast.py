"""Whoever is too fast for the limits is told calmly, loses nothing, and need not do it again."""

import pytest
from playwright.sync_api import expect

from chat.models import Message
from tests.browser.people import bodies, composer, connected, message, pending, send
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


def test_posts_wait_and_go_out_in_order_once(strict, alice, bob, general, visit):
    at_alice = connected(visit(alice, f"{strict}/rooms/{general.pk}/"))
    texts = [f"post {number}" for number in range(6)]
    for text in texts:
        send(at_alice, text)
    expect(pending(at_alice, "post 3")).to_contain_text("You are sending too fast.")
    send(at_alice, "the last")
    expect(message(at_alice, "the last")).to_be_visible(timeout=WAIT_MS)
    assert bodies(at_alice) == [*texts, "the last"]
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == bodies(at_alice)


def test_posts_that_wait_outlive_the_page(strict, alice, bob, general, visit):
    page = connected(visit(alice, f"{strict}/rooms/{general.pk}/"))
    texts = [f"post {number}" for number in range(5)]
    for text in texts:
        send(page, text)
    expect(pending(page, "post 3")).to_contain_text("You are sending too fast.")
    page.reload()
    expect(message(page, "post 4")).to_be_visible(timeout=WAIT_MS)
    assert bodies(page) == texts


def test_a_search_goes_on_by_itself(strict, alice, bob, general, visit):
    page = connected(visit(alice, f"{strict}/rooms/{general.pk}/"))
    page.keyboard.press("Control+k")
    for text in ("x", "xy", "xyz", "x", "b", "bo", "bob"):
        with page.expect_response("**/jump/**"):
            page.locator("#jump-to").fill(text)
    expect(page.locator("#jump-list")).to_contain_text("Bob", timeout=WAIT_MS)


TRY_UNTIL_WELL = """() => {
  dispatchEvent(new Event("online"));
  return !document.getElementById("notice").checkVisibility();
}"""


def test_too_many_windows_say_so_and_come_back(strict, alice, bob, general, visit):
    here = f"{strict}/rooms/{general.pk}/"
    first, _ = connected(visit(alice, here)), connected(visit(alice, here))
    third = visit(alice, here)
    expect(third.locator("#notice")).to_contain_text("Close some of them")
    composer(third).fill("kept")
    first.goto("about:blank")
    third.wait_for_function(TRY_UNTIL_WELL, polling=500)  # else it waits for half a minute
    connected(third)
    expect(third.locator("#notice")).to_be_hidden()
    assert composer(third).input_value() == "kept"


def test_a_form_is_sent_again_from_the_page_that_refuses_it(strict, alice, general, visit):
    page = visit(alice, f"{strict}/rooms/new/")
    page.evaluate(EMPTY_FORMS, 10)
    page.get_by_label("Name").fill("Tea & cake")
    page.get_by_role("button", name="Create the room").click()
    expect(page.get_by_role("heading", name="Too many requests")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Your text is kept.")
    again, made = page.get_by_role("button", name="Try again"), page.locator("#composer")
    for _ in range(TRIES):
        again.or_(made).wait_for()
        if made.is_visible():
            break
        again.click()
    expect(page.get_by_role("heading", name="Tea & cake").first).to_be_visible()
