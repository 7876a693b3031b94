"""Text that was typed and not sent stays, on the same device and on others."""

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import drafts, editing
from chat.services.drafts import Draft
from tests.browser.page_actions import (
    FULL,
    NOTICE,
    click_action,
    composer,
    connected,
    message,
    send,
)
from tests.chat.factories import post_message
from tests.site import session_of

DRAFT_URL = "**/draft/"


@pytest.fixture
def question(bob, general):
    return post_message(bob, general, "Who has the key?")


@pytest.fixture
def address(url, general, question):
    return f"{url}/rooms/{general.pk}/"


@pytest.fixture
def page(address, alice, visit):
    return connected(visit(alice, address))


def block_drafts(page):
    """Blocks drafts on their way to the server, also when the page is left."""
    page.context.route(DRAFT_URL, lambda route: route.abort())
    page.add_init_script("navigator.sendBeacon = () => true")
    page.evaluate("{ navigator.sendBeacon = () => true }")


def local_drafts(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))")


def test_an_immediate_reload_loses_nothing(page):
    block_drafts(page)
    composer(page).press_sequentially("half a thou")
    page.reload()
    expect(composer(page)).to_have_value("half a thou")
    composer(page).press_sequentially("ght")
    page.reload()
    expect(composer(page)).to_have_value("half a thought")


def test_a_local_draft_reaches_the_server_after_a_reload(page, alice):
    block_drafts(page)
    composer(page).press_sequentially("half")
    page.context.unroute(DRAFT_URL)
    with page.expect_response(DRAFT_URL):
        page.reload()
    assert Membership.objects.get(user=alice).draft == "half"


def test_a_later_draft_of_another_device_replaces_an_older_local_one(page, alice, general):
    block_drafts(page)
    composer(page).press_sequentially("old")
    page.goto("about:blank")
    page.context.unroute(DRAFT_URL)
    drafts.save(alice, general.pk, Draft("new"))
    page.go_back()
    expect(composer(page)).to_have_value("new")


def test_a_reply_draft_keeps_the_message_that_it_answers(page, question):
    click_action(page, "Who has the key?", "Reply")
    block_drafts(page)
    composer(page).press_sequentially("Me")
    page.reload()
    expect(page.locator("#replying")).to_contain_text("Replying to Bob Who has the key?")
    composer(page).press("Enter")
    expect(message(page, "Me").locator(".reply")).to_have_text("Bob Who has the key?")
    page.reload()
    expect(page.locator("#replying")).to_be_hidden()


def test_an_empty_reply_draft_reaches_the_other_device(page, address, alice, visit):
    with page.expect_response(DRAFT_URL):
        click_action(page, "Who has the key?", "Reply")
    other = visit(alice, address)
    expect(other.locator("#replying")).to_contain_text("Replying to Bob Who has the key?")
    with other.expect_response(DRAFT_URL):
        other.get_by_role("button", name="Do not reply").click()
    expect(page.locator("#replying")).to_be_hidden()


def test_a_reply_draft_shows_that_its_message_was_deleted(page, alice, bob, general, question):
    click_action(page, "Who has the key?", "Reply")
    with page.expect_response(DRAFT_URL):
        composer(page).press_sequentially("Me")
    for number in range(60):
        post_message(bob, general, f"Filler {number}")
    page.reload()
    expect(page.locator("#replying")).to_contain_text("Replying to Bob Who has the key?")
    editing.delete(bob, question.pk)
    expect(page.locator("#replying")).to_contain_text("Message deleted")
    page.reload()
    expect(page.locator("#replying")).to_contain_text("Message deleted")
    assert "the key" not in page.locator("body").inner_text()


def test_a_second_tab_has_the_draft_until_the_first_sends_it(page, address):
    second = page.context.new_page()
    second.goto(address)
    connected(second)
    block_drafts(page)
    composer(page).press_sequentially("one thought")
    expect(composer(second)).to_have_value("one thought")
    composer(page).press("Enter")
    expect(message(page, "one thought")).to_be_visible()
    expect(composer(second)).to_have_value("")
    second.reload()
    expect(composer(second)).to_have_value("")


def test_another_device_has_the_draft_until_it_is_sent(page, address, alice, visit):
    other = connected(visit(alice, address))
    composer(page).press_sequentially("one thought")
    expect(composer(other)).to_have_value("one thought")
    composer(other).press_sequentially(" and another")
    expect(composer(page)).to_have_value("one thought and another")
    send(other, "sent")
    expect(composer(page)).to_have_value("")


def test_a_later_draft_of_another_device_replaces_one_typed_offline(page, alice, general):
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    composer(page).press_sequentially("typed offline")
    page.wait_for_timeout(50)
    drafts.save(alice, general.pk, Draft("typed later elsewhere"))
    page.context.set_offline(False)
    expect(composer(page)).to_have_value("typed later elsewhere", timeout=15_000)


def test_a_draft_typed_offline_last_is_saved(page, alice, general):
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    drafts.save(alice, general.pk, Draft("typed before elsewhere"))
    page.wait_for_timeout(50)
    composer(page).press_sequentially("typed offline last")
    with page.expect_response(DRAFT_URL, timeout=15_000):
        page.context.set_offline(False)
    expect(composer(page)).to_have_value("typed offline last")
    assert Membership.objects.get(user=alice).draft == "typed offline last"


def test_signing_out_removes_local_drafts(page, url):
    composer(page).press_sequentially("private")
    assert len(local_drafts(page)) == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    page.wait_for_function("!Object.keys(localStorage).some((key) => /^(draft|visits):/.test(key))")


def test_another_user_of_the_browser_sees_no_drafts(page, address, url, bob):
    block_drafts(page)
    composer(page).press_sequentially("private")
    page.context.add_cookies([{"name": "sessionid", "value": session_of(bob), "url": url}])
    page.goto(address)
    connected(page)
    expect(composer(page)).to_have_value("")
    assert local_drafts(page) == []


def test_a_draft_is_saved_if_local_storage_is_full(page, alice):
    page.evaluate(FULL)
    with page.expect_response(DRAFT_URL):
        composer(page).press_sequentially("still saved")
    assert Membership.objects.get(user=alice).draft == "still saved"


@pytest.mark.parametrize("length", [4_500, 25_000])
def test_a_draft_that_is_too_long_to_post_is_kept(page, length):
    with page.expect_response(DRAFT_URL):
        composer(page).fill("x" * length)
    page.reload()
    expect(composer(page)).to_have_value("x" * length)
    expect(page.locator("#counter")).to_have_text(f"{length - 4_000} too many")
