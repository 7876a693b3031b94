import uuid

import pytest
from playwright.sync_api import expect

from chat.services import editing, posting
from tests.browser.page_actions import PHONE, composer, connected, message


@pytest.fixture
def page(url, general, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/", **PHONE))


def test_nothing_is_wider_than_the_screen(page):
    send_by_button(page, "a" * 300)
    expect(message(page, "a" * 300)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_drawer_opens_and_closes(page):
    lists = page.get_by_role("navigation", name="Rooms and people")
    opener = page.locator("#open-drawer")
    expect(lists).to_be_hidden()
    opener.tap()
    expect(lists).to_be_in_viewport()
    expect(page.get_by_role("button", name="Close the list of rooms")).to_be_focused()
    page.keyboard.press("Escape")
    expect(lists).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_tap_next_to_the_drawer_closes_it(page):
    page.locator("#open-drawer").tap()
    expect(page.locator("#side")).to_be_in_viewport()
    page.touchscreen.tap(380, 400)
    expect(page.locator("#side")).to_be_hidden()


def test_without_javascript_the_button_opens_a_page_with_the_rooms(url, general, alice, visit):
    page = visit(alice, f"{url}/rooms/{general.pk}/", java_script_enabled=False, **PHONE)
    page.get_by_role("link", name="Rooms and people").tap()
    expect(page.get_by_role("heading", name="Your rooms and direct messages")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="General", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("General")


def test_enter_breaks_the_line_and_the_button_sends(page):
    composer(page).press_sequentially("one")
    composer(page).press("Enter")
    composer(page).press_sequentially("two")
    expect(composer(page)).to_have_value("one\ntwo")
    page.get_by_role("button", name="Send").tap()
    expect(page.locator("#rows .body")).to_have_text("one\ntwo", use_inner_text=True)


def test_a_tap_on_a_message_opens_its_actions_at_the_bottom(page):
    send_by_button(page, "tap me")
    message(page, "tap me").locator(".body").tap()
    sheet = page.get_by_role("toolbar")
    expect(sheet.get_by_text("Copy link")).to_be_visible()
    assert sheet.bounding_box()["width"] == 390
    tapped = message(page, "tap me").bounding_box()
    assert tapped["y"] + tapped["height"] <= sheet.bounding_box()["y"]
    sheet.get_by_role("button", name="React").tap()
    page.get_by_role("button", name="rocket").tap()
    expect(message(page, "tap me").locator(".reaction")).to_have_text("🚀 1")
    expect(sheet).to_be_hidden()


def test_the_actions_list_the_people_who_reacted(page, general, alice, bob):
    posted = posting.post(alice, general.pk, uuid.uuid4(), "Cake").message
    editing.react(bob, posted.pk, "🎉", True)
    expect(message(page, "Cake").locator(".reaction")).to_be_visible()
    message(page, "Cake").locator(".body").tap()
    expect(page.get_by_role("toolbar").get_by_role("listitem")).to_have_text("🎉 Bob")


def send_by_button(page, text):
    composer(page).fill(text)
    page.get_by_role("button", name="Send").tap()
    expect(message(page, text)).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", ["/rooms/new/", "/accounts/profile/", "/accounts/login/"])
def test_a_checkbox_stays_next_to_its_label(url, alice, visit, width, path):
    user = None if "login" in path else alice
    page = visit(user, url + path, viewport={"width": width, "height": 800})
    checkbox = page.get_by_role("checkbox")
    label = page.locator(f"label[for={checkbox.get_attribute('id')}]")
    one, other = checkbox.bounding_box(), label.bounding_box()
    assert other["x"] > one["x"] + one["width"]
    assert other["y"] <= one["y"] + one["height"] / 2 <= other["y"] + other["height"]


@pytest.mark.parametrize("width", [320, 390])
def test_a_name_stays_on_one_line_next_to_its_buttons(url, general, alice, bob, visit, width):
    bob.name = "Maximiliane Wolf"
    bob.save()
    address = f"{url}/rooms/{general.pk}/members/"
    page = visit(alice, address, viewport={"width": width, "height": 800})
    name = page.locator(".list b", has_text="Maximiliane")
    assert name.bounding_box()["height"] < 30
    assert page.evaluate("document.documentElement.scrollWidth") == width
