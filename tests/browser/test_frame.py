"""The lists at the side stay on every page of a signed-in user, and the current page is marked."""

import pytest
from playwright.sync_api import expect

from chat.services import rooms
from tests.browser.page_actions import connected
from tests.browser.test_accessibility import faults

PHONE = {"width": 390, "height": 780}
SETTINGS = {
    "profile/": "Profile",
    "delete/": "Profile",
    "email/": "Email",
    "password/change/": "Password",
    "2fa/": "Two-factor",
    "devices/": "Devices",
    "bots/": "Bots",
    "community/": "Community",
}


@pytest.fixture
def owner(alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    return alice


def side(page):
    return page.get_by_role("navigation", name="Rooms and people")


def settings_list(page):
    return page.get_by_role("navigation", name="Settings")


@pytest.mark.parametrize(("path", "name"), SETTINGS.items())
def test_settings_open_beside_the_rooms(url, owner, general, visit, path, name):
    page = connected(visit(owner, f"{url}/accounts/{path}"))
    expect(side(page).get_by_role("link", name="General")).to_be_visible()
    expect(page.locator(".me .who")).to_have_attribute("aria-current", "page")
    if path != "delete/":  # asks for the password first, inside the settings too
        expect(settings_list(page).locator("[aria-current]")).to_have_text(name)
    expect(settings_list(page).get_by_role("link", name="Administration")).to_be_visible()
    assert faults(page) == []


def test_the_page_of_people_marks_its_link(url, alice, general, visit):
    page = connected(visit(alice, f"{url}/online/"))
    link = side(page).get_by_role("link", name="Online")
    expect(link).to_have_attribute("aria-current", "page")
    page.evaluate("htmx.ajax('GET', document.body.dataset.sidebarUrl, {target: '#lists'})")
    expect(link).to_have_attribute("aria-current", "page")


@pytest.fixture
def pages(url, general):
    """The addresses of all pages next to the lists, and the label or name of the current link."""
    room = f"{url}/rooms/{general.pk}"
    return {
        f"{url}/": "Chatsite",
        f"{url}/rooms/new/": "New room",
        f"{url}/online/": "Online",
        f"{room}/": "General",
        f"{room}/members/": "General",
        f"{room}/leave/": "General",
        f"{room}/delete/": "General",
        f"{url}/accounts/profile/": "Settings",
    }


def current(page):
    links = page.locator("#side [aria-current]")
    return links.evaluate_all("links => links.map((link) => link.ariaLabel ?? link.innerText)")


def test_the_link_stays_marked_when_the_lists_change(pages, owner, general, visit):
    page = visit(owner, next(iter(pages)))
    for number, (address, name) in enumerate(pages.items()):
        page.goto(address)
        connected(page)
        assert len(current(page)) == 1, address
        rooms.create(owner, f"Room {number}")
        expect(side(page).get_by_role("link", name=f"Room {number}")).to_be_visible()
        assert len(current(page)) == 1, address
        assert name in current(page)[0]
        assert faults(page) == []


def test_without_a_load_the_link_of_the_home_page_is_marked(url, alice, general, visit):
    page = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    page.locator("a.brand").click()
    expect(page.locator("a.brand")).to_have_attribute("aria-current", "page")
    assert len(current(page)) == 1
    side(page).get_by_role("link", name="General").click()
    expect(side(page).get_by_role("link", name="General")).to_have_attribute("aria-current", "page")
    assert len(current(page)) == 1


def test_people_and_rooms_stay_live_beside_the_settings(url, alice, bob, general, visit):
    page = connected(visit(alice, f"{url}/accounts/profile/"))
    connected(visit(bob, url))
    expect(side(page).get_by_role("button", name="bob")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_list_of_settings_first(url, owner, visit, scheme):
    page = visit(owner, f"{url}/accounts/", viewport=PHONE, color_scheme=scheme)
    expect(page.get_by_role("heading", name="Profile")).to_be_hidden()
    assert faults(page) == []
    settings_list(page).get_by_role("link", name="Devices").click()
    expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    expect(settings_list(page)).to_be_hidden()
    page.get_by_role("link", name="All settings").click()
    expect(page).to_have_url(f"{url}/accounts/")
    page.get_by_role("button", name="Rooms and people").click()
    expect(side(page)).to_be_visible()


def test_settings_work_without_scripts(url, alice, visit):
    page = visit(alice, f"{url}/accounts/", java_script_enabled=False)
    page.get_by_label("Display name").fill("Alice in Wonderland")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator(".me .who b")).to_have_text("Alice in Wonderland")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colour_of_the_owner_keeps_pages_accessible(url, owner, general, visit, scheme):
    page = visit(owner, f"{url}/accounts/community/", color_scheme=scheme)
    page.get_by_label("Name").fill("Pottery Club")
    page.get_by_label("Accent colour").fill("#ffee00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert faults(page) == []
    for path in ("/", f"/rooms/{general.pk}/", "/admin/"):
        page.goto(url + path)
        expect(page.get_by_role("link", name="Pottery Club")).to_be_visible()
        assert faults(page) == []
