"""axe finds nothing in both colour schemes and at both widths."""

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.page_actions import composer, connected, message, send

WIDTHS = [1280, 390]
COLORS = [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}]


ADDRESSES = [
    "/",
    "/?q=nobody",
    "/rooms/new/",
    "/rooms/{}/",
    "/rooms/{}/?at=1",
    "/rooms/{}/members/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_each_page_is_accessible(url, room_with_messages, alice, bob, visit, scheme, width):
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    page = visit(alice, url, **options)
    connected(visit(bob, url))
    for address in ADDRESSES:
        page.goto(url + address.format(room_with_messages.pk))
        connected(page) if width > 500 else page.wait_for_load_state()
        assert faults(page) == [], address


@pytest.mark.parametrize("colors", COLORS, ids=str)
def test_each_popup_of_a_room_page_is_accessible(url, room_with_messages, alice, visit, colors):
    page = connected(visit(alice, f"{url}/rooms/{room_with_messages.pk}/", **colors))
    message(page, "I looked").hover()
    expect(page.get_by_role("toolbar")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("toolbar").get_by_role("button", name="React").click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    composer(page).press("ArrowUp")
    expect(page.get_by_role("textbox", name="Edit the message")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    assert faults(page) == []
    page.keyboard.type("o")
    expect(page.get_by_role("dialog").get_by_text("not joined")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    message(page, "I looked").locator(".reaction").first.hover()
    expect(page.locator(".tip")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("colors", COLORS, ids=str)
def test_pending_messages_are_accessible(site, general, alice, visit, colors):
    page = connected(visit(alice, f"{site.url}/rooms/{general.pk}/", **colors))
    site.kill()
    send(page, "waiting")
    expect(page.locator("#notice")).to_be_visible()
    expect(page.get_by_text("Sending…")).to_have_css("opacity", "1")
    assert faults(page) == []


def test_the_404_page_is_accessible(url, alice, visit):
    for user in (alice, None):
        page = visit(user, f"{url}/rooms/999999/")
        assert faults(page) == []


def faults(page) -> list[str]:
    found = Axe().run(page)["violations"]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]
