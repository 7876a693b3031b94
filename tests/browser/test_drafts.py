"""What is typed and not sent stays, wherever and whenever the person goes on."""

import pytest
from playwright.sync_api import expect

from chat.models import Membership
from chat.services import drafts, editing
from chat.services.drafts import Draft
from tests.browser.people import NOTICE, act, composer, connected, message, send
from tests.chat.factories import post_message
from tests.site import session_of

NO_SERVER = "**/draft/"


@pytest.fixture
def question(bob, general):
    return post_message(bob, general, "Who has the key?")


@pytest.fixture
def address(url, general, question):
    return f"{url}/rooms/{general.pk}/"


@pytest.fixture
def page(address, alice, visit):
    return connected(visit(alice, address))


def without_server(page):
    """Drafts do not reach the server, neither by a request nor as the page is left."""
    page.context.route(NO_SERVER, lambda route: route.abort())
    page.add_init_script("navigator.sendBeacon = () => true")
    page.evaluate("{ navigator.sendBeacon = () => true }")


def copies(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))")


def test_a_reload_at_once_loses_nothing(page):
    without_server(page)
    composer(page).press_sequentially("half a thou")
    page.reload()
    expect(composer(page)).to_have_value("half a thou")
    composer(page).press_sequentially("ght")
    page.reload()
    expect(composer(page)).to_have_value("half a thought")


def test_what_was_kept_here_reaches_the_server_after_a_reload(page, alice):
    without_server(page)
    composer(page).press_sequentially("half")
    page.context.unroute(NO_SERVER)
    with page.expect_response(NO_SERVER):
        page.reload()
    assert Membership.objects.get(user=alice).draft == "half"


def test_an_older_copy_here_gives_way_to_a_later_draft_from_elsewhere(page, alice, general):
    without_server(page)
    composer(page).press_sequentially("old")
    page.goto("about:blank")
    page.context.unroute(NO_SERVER)
    drafts.save(alice, general.pk, Draft("new"))
    page.go_back()
    expect(composer(page)).to_have_value("new")


def test_a_reply_keeps_what_it_answers(page, question):
    act(page, "Who has the key?", "Reply")
    without_server(page)
    composer(page).press_sequentially("Me")
    page.reload()
    expect(page.locator("#replying")).to_contain_text("Replying to Bob Who has the key?")
    composer(page).press("Enter")
    expect(message(page, "Me").locator(".reply")).to_have_text("Bob Who has the key?")
    page.reload()
    expect(page.locator("#replying")).to_be_hidden()


def test_a_reply_without_a_word_yet(page, address, alice, visit):
    with page.expect_response(NO_SERVER):
        act(page, "Who has the key?", "Reply")
    other = visit(alice, address)
    expect(other.locator("#replying")).to_contain_text("Replying to Bob Who has the key?")
    with other.expect_response(NO_SERVER):
        other.get_by_role("button", name="Do not reply").click()
    expect(page.locator("#replying")).to_be_hidden()


def test_a_reply_to_a_message_further_up_that_was_deleted_meanwhile(
    page, alice, bob, general, question
):
    act(page, "Who has the key?", "Reply")
    with page.expect_response(NO_SERVER):
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


def test_a_second_tab_follows_and_is_cleared_when_the_first_sends(page, address):
    second = page.context.new_page()
    second.goto(address)
    connected(second)
    without_server(page)
    composer(page).press_sequentially("one thought")
    expect(composer(second)).to_have_value("one thought")
    composer(page).press("Enter")
    expect(message(page, "one thought")).to_be_visible()
    expect(composer(second)).to_have_value("")
    second.reload()
    expect(composer(second)).to_have_value("")


def test_another_device_follows(page, address, alice, visit):
    other = connected(visit(alice, address))
    composer(page).press_sequentially("one thought")
    expect(composer(other)).to_have_value("one thought")
    composer(other).press_sequentially(" and another")
    expect(composer(page)).to_have_value("one thought and another")
    send(other, "sent")
    expect(composer(page)).to_have_value("")


def test_what_was_typed_offline_meets_a_later_draft_from_elsewhere(page, alice, general):
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    composer(page).press_sequentially("typed offline")
    page.wait_for_timeout(50)
    drafts.save(alice, general.pk, Draft("typed later elsewhere"))
    page.context.set_offline(False)
    expect(composer(page)).to_have_value("typed later elsewhere", timeout=15_000)


def test_what_was_typed_offline_last_is_saved(page, alice, general):
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    drafts.save(alice, general.pk, Draft("typed before elsewhere"))
    page.wait_for_timeout(50)
    composer(page).press_sequentially("typed offline last")
    page.context.set_offline(False)
    with page.expect_response(NO_SERVER, timeout=15_000):
        pass
    expect(composer(page)).to_have_value("typed offline last")
    assert Membership.objects.get(user=alice).draft == "typed offline last"


def test_nothing_stays_after_signing_out(page, url):
    composer(page).press_sequentially("private")
    assert len(copies(page)) == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    page.wait_for_function("!Object.keys(localStorage).some((key) => /^(draft|visits):/.test(key))")


def test_nothing_stays_for_somebody_else(page, address, url, bob):
    without_server(page)
    composer(page).press_sequentially("private")
    page.context.add_cookies([{"name": "sessionid", "value": session_of(bob), "url": url}])
    page.goto(address)
    connected(page)
    expect(composer(page)).to_have_value("")
    assert copies(page) == []


def test_a_full_storage_is_no_trouble(page, alice):
    page.evaluate(
        """() => {
          const error = new DOMException("", "QuotaExceededError");
          Storage.prototype.setItem = () => { throw error; };
        }"""
    )
    with page.expect_response(NO_SERVER):
        composer(page).press_sequentially("still saved")
    assert Membership.objects.get(user=alice).draft == "still saved"


@pytest.mark.parametrize("length", [4_500, 25_000])
def test_a_text_that_has_yet_to_be_shortened(page, length):
    with page.expect_response(NO_SERVER):
        composer(page).fill("x" * length)
    page.reload()
    expect(composer(page)).to_have_value("x" * length)
    expect(page.locator("#counter")).to_have_text(f"{length - 4_000} too many")
