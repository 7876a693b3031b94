"""The card with a person's profile, and mentions with display names."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.services import memberships, posting, rooms
from presence.models import LastSeen
from tests.browser.page_actions import composer, connected, sidebar_link
from tests.browser.test_accessibility import faults


@pytest.fixture
def from_bob(general, bob):
    return posting.post(bob, general.pk, uuid.uuid4(), "hello @alice and @charlie").message


@pytest.fixture
def page(url, general, alice, charlie, from_bob, visit):
    memberships.join(charlie, general.pk)
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


def card(page):
    return page.get_by_role("dialog", name="Bob")


@pytest.mark.parametrize("place", [".avatar", ".author"])
def test_a_click_opens_the_profile_and_escape_closes_it(page, bob, place):
    LastSeen.objects.advance({bob.pk: timezone.now() - timedelta(hours=3)})
    page.locator(f"#rows .message {place}").first.click()
    expect(card(page)).to_contain_text("@bob")
    expect(card(page)).to_contain_text("Last seen 3 hours ago")
    expect(card(page)).to_be_in_viewport(ratio=1)
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()


def test_a_click_elsewhere_closes_the_profile(page):
    page.locator("#rows .author").click()
    expect(card(page)).to_be_visible()
    page.mouse.click(900, 20)
    expect(card(page)).to_be_hidden()


def test_a_key_opens_the_profile_of_a_message_and_the_focus_returns(page):
    page.locator("#scroller").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("p")
    expect(card(page).get_by_role("button", name="Message")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#rows .message")).to_be_focused()


@pytest.mark.parametrize("path", ["/rooms/{}/members/", "/online/", "/?q=bob"])
@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_name_in_a_list_opens_the_profile(url, general, alice, bob, visit, path, key):
    connected(visit(bob, url))
    page = connected(visit(alice, url + path.format(general.pk)))
    name = page.get_by_role("main").get_by_role("button", name="Bob", exact=True)
    name.last.focus()
    page.keyboard.press(key)
    expect(card(page)).to_contain_text("@bob")
    page.keyboard.press("Escape")
    expect(name.last).to_be_focused()
    name.last.click()
    expect(card(page)).to_be_visible()


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_person_in_the_list_of_who_is_online_opens_the_profile(page, url, bob, visit, key):
    connected(visit(bob, url))
    button = page.locator("#here").get_by_role("button", name="Bob")
    button.press(key)
    expect(card(page)).to_contain_text("Active")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.click()
    expect(card(page).get_by_role("button", name="Message")).to_be_focused()


def test_a_name_on_the_home_page_opens_the_profile(url, general, alice, bob, from_bob, visit):
    room = rooms.create(bob, "Garden")
    memberships.invite(bob, room.pk, "alice")
    page = connected(visit(alice, url))
    for region in ("Mentions", "New for you"):
        name = page.get_by_role("region", name=region).get_by_role("button", name="Bob")
        name.click()
        expect(card(page)).to_contain_text("@bob")
        page.keyboard.press("Escape")
        name.press("Enter")
        expect(card(page)).to_be_visible()
        page.keyboard.press("Escape")
    page.get_by_role("region", name="Mentions").get_by_role("link", name="hello").click()
    expect(page.locator(".message.target")).to_contain_text("hello")


def test_the_name_in_a_quote_opens_the_profile_and_the_quote_its_message(
    page, general, alice, from_bob
):
    posting.post(alice, general.pk, uuid.uuid4(), "answer", from_bob.pk)
    quote = page.locator("#rows .reply")
    quote.get_by_text("Bob", exact=True).click()
    expect(card(page)).to_contain_text("@bob")
    page.keyboard.press("Escape")
    quote.get_by_text("hello").click()
    expect(page.locator(".message.target")).to_contain_text("hello")


def test_a_former_member_has_no_profile(url, general, alice, bob, from_bob, visit):
    posting.post(alice, general.pk, uuid.uuid4(), "answer", from_bob.pk)
    bob.delete()
    page = connected(visit(alice, url))
    region = page.get_by_role("region", name="Mentions")
    expect(region).to_contain_text("Former member")
    expect(region.get_by_role("button")).to_have_count(0)
    region.get_by_role("link", name="hello").click()
    page.locator("#rows .author", has_text="Former member").click()
    page.locator("#rows .reply").get_by_text("Former member").click()
    expect(page.locator(".message.target")).to_contain_text("hello")
    expect(page.locator("#profile-card")).to_be_hidden()


def test_a_name_that_is_found_while_typing_opens_the_profile(url, alice, bob, visit):
    page = connected(visit(alice, url))
    page.get_by_role("searchbox", name="Find people by name").fill("bo")
    page.locator("#found").get_by_role("button", name="Bob", exact=True).press("Enter")
    expect(card(page)).to_contain_text("@bob")


def test_the_profile_starts_a_direct_message(page, url):
    page.locator("#rows .author").click()
    card(page).get_by_role("button", name="Message").click()
    expect(page.get_by_role("heading", name="Bob", level=1)).to_be_visible()
    expect(page.locator(".room-head .avatar")).to_be_visible()


def test_the_profile_mentions_the_person(page):
    composer(page).fill("hey")
    page.locator("#rows .author").click()
    card(page).get_by_role("button", name="Mention").click()
    expect(composer(page)).to_have_value("hey @bob ")
    expect(composer(page)).to_be_focused()


def test_a_mention_shows_the_display_name_and_opens_its_profile(page, charlie):
    mention = page.locator(".mention", has_text="@Charlie")
    expect(mention).to_have_attribute("title", "@charlie")
    mention.click()
    expect(page.get_by_role("dialog", name="Charlie")).to_contain_text("@charlie")


def test_my_own_profile_leads_to_the_settings(page, url):
    page.locator(".mention", has_text="@Alice").click()
    page.get_by_role("dialog", name="Alice").get_by_role("link", name="Edit profile").click()
    expect(page).to_have_url(f"{url}/accounts/")


def test_the_profile_fits_a_phone(url, general, alice, from_bob, visit):
    page = visit(
        alice, f"{url}/rooms/{general.pk}/", viewport={"width": 320, "height": 600}, has_touch=True
    )
    page.locator("#rows .author").click()
    expect(card(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("toolbar", name="Message")).to_be_hidden()
    assert faults(page) == []


def test_the_head_of_a_direct_conversation_shows_who_is_here(url, alice, bob, visit):
    room = rooms.direct(alice, [bob.pk])
    page = connected(visit(alice, f"{url}/rooms/{room.pk}/"))
    connected(visit(bob, url))
    expect(page.locator(".room-head .avatar.here")).to_be_visible()
    page.locator(".room-head .avatar").click()
    expect(card(page)).to_contain_text("Active")
    expect(sidebar_link(page, "Bob")).to_be_visible()


@pytest.mark.parametrize(
    ("zone", "time"),
    [("Asia/Tokyo", "3:30 AM"), ("Asia/Kolkata", "12:00 AM"), ("America/New_York", "1:30 PM")],
)
def test_the_card_shows_the_local_time(page, bob, zone, time):
    page.clock.set_fixed_time("2026-11-27T18:30:00Z")
    bob.time_zone = zone
    bob.save()
    page.locator("#rows .author").first.click()
    expect(card(page).get_by_text(f"{time} local time")).to_be_visible()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "x" * 64, "<b>"])
def test_without_a_known_time_zone_there_is_no_local_time(page, bob, zone):
    bob.time_zone = zone
    bob.save()
    page.locator("#rows .author").first.click()
    expect(card(page)).to_contain_text("@bob")
    expect(card(page).get_by_text("local time")).to_be_hidden()


def test_the_picture_in_the_head_of_a_conversation_opens_the_profile(url, alice, bob, visit):
    direct = rooms.direct(alice, [bob.pk])
    page = connected(visit(alice, f"{url}/rooms/{direct.pk}/"))
    page.locator(".room-head").get_by_role("button", name="Bob").press("Enter")
    expect(card(page)).to_contain_text("@bob")


def test_the_names_in_the_head_of_a_group_open_the_profile(url, alice, bob, charlie, visit):
    group = rooms.direct(alice, [bob.pk, charlie.pk])
    rooms.rename(alice, group.pk, "Trip")
    page = connected(visit(alice, f"{url}/rooms/{group.pk}/"))
    page.locator("#people-names").get_by_role("button", name="Bob").press("Enter")
    expect(card(page)).to_contain_text("@bob")
