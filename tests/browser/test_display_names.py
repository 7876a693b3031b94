"""A new display name reaches the pages that are open."""

import pytest
from playwright.sync_api import expect

from chat.services import rooms
from tests.browser.page_actions import (
    click_action,
    composer,
    connected,
    message,
    send,
    sidebar_link,
)
from tests.chat.factories import post_message


@pytest.fixture
def direct(alice, bob):
    return rooms.direct(alice, [bob.pk])


@pytest.fixture
def page(url, general, direct, alice, bob, visit):
    question = post_message(bob, general, "Question")
    post_message(alice, general, "Answer", reply_to=question)
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def rename(user, name):
    user.name = name
    user.save()


def test_messages_quotes_and_lists_show_the_new_name(url, page, bob, visit):
    connected(visit(bob, url))
    expect(page.locator("#here")).to_contain_text("Bob")
    rename(bob, "Robert")
    expect(message(page, "Question").locator(".author")).to_have_text("Robert")
    expect(page.locator(".reply")).to_have_text("Robert Question")
    expect(sidebar_link(page, "Robert")).to_be_visible()
    expect(page.locator("#here")).to_contain_text("Robert")
    assert "Bob" not in page.locator("body").inner_text()
    page.reload()
    expect(message(page, "Question").locator(".author")).to_have_text("Robert")


@pytest.mark.parametrize("path", ["/", "/online/", "/rooms/{}/members/"])
def test_names_in_lists_show_the_new_name_and_open_its_profile(
    url, general, alice, bob, visit, path
):
    post_message(bob, general, "Look, @alice")
    connected(visit(bob, url))
    page = connected(visit(alice, url + path.format(general.pk)))
    rename(bob, "Robert")
    name = page.get_by_role("main").locator("[data-name-of]", has_text="Robert").first
    name.click()
    expect(page.get_by_role("dialog", name="Robert")).to_contain_text("@bob")


def test_a_conversation_that_began_later_shows_the_new_name(url, page, alice, charlie):
    rooms.direct(charlie, [alice.pk])
    expect(sidebar_link(page, "Charlie")).to_be_visible()
    rename(charlie, "Carla")
    expect(sidebar_link(page, "Carla")).to_be_visible()


def test_later_messages_and_the_typing_notice_show_the_new_name(url, page, general, bob, visit):
    at_bob = connected(visit(bob, f"{url}/rooms/{general.pk}/"))
    rename(bob, "Robert")
    expect(at_bob.locator(".me .who b")).to_have_text("Robert")
    composer(at_bob).press_sequentially("Hm")
    expect(page.locator("#typing")).to_have_text("Robert is typing…")
    send(at_bob, "Said as Robert")
    expect(message(page, "Said as Robert").locator(".author")).to_have_text("Robert")
    expect(message(at_bob, "Said as Robert").locator(".author")).to_have_text("Robert")


def test_the_header_of_an_open_conversation_shows_the_new_name(url, direct, alice, bob, visit):
    page = connected(visit(alice, f"{url}/rooms/{direct.pk}/"))
    rename(bob, "Robert")
    expect(page.get_by_role("heading", level=1)).to_have_text("Robert")
    expect(page).to_have_title("Robert · Chatsite")


def test_a_failed_request_for_names_is_repeated(url, general, alice, bob, visit):
    rooms.create(alice, "Den")
    page = visit(alice, url)
    failures = []

    def fail_twice(route):
        if len(failures) == 2:
            return route.continue_()
        failures.append(route.request.url)
        return route.abort() if len(failures) == 1 else route.fulfill(status=503)

    page.route("**/people/names/?*", fail_twice)
    page.evaluate("sessionStorage.clear()")
    page.goto(f"{url}/rooms/new/")
    connected(visit(bob, url))
    expect(page.locator("#here")).to_contain_text("Bob", timeout=15_000)
    assert len(failures) == 2


def test_pages_show_a_deleted_account_as_a_former_member(page, general, bob):
    click_action(page, "Question", "Reply")
    bob.delete()
    expect(message(page, "Question").locator(".author")).to_have_text("Former member")
    expect(page.locator(".reply")).to_have_text("Former member Question")
    expect(page.locator("#replying")).to_contain_text("Former member")
    expect(sidebar_link(page, "Former member")).to_be_visible()
    assert "bob" not in page.locator("body").inner_text().lower()
