"""The people online on the home page, who are those of the sidebar."""

import pytest
from playwright.sync_api import expect

from chat.services import memberships
from presence import keys
from presence.connection import client
from tests.browser.page_actions import PHONE, connected
from tests.browser.test_accessibility import faults
from tests.browser.test_display_names import rename
from tests.browser.test_loading import wait_for_paint

LISTED_MAX = 30
NOBODY = "Nobody else from your rooms is online at the moment."


@pytest.fixture
def page(url, general, alice, visit):
    return connected(visit(alice, url))


@pytest.fixture
def crowd(general, django_user_model):
    """40 members of General with an open socket at another server."""
    people = [
        django_user_model.objects.create_user(f"guest{n}", name=f"Guest {n:02}") for n in range(40)
    ]
    for person in people:
        memberships.add(general, person)
    client().hset(keys.lease("elsewhere"), mapping={person.pk: "h" for person in people})
    client().sadd(keys.SERVERS, "elsewhere")
    yield people
    client().delete(keys.lease("elsewhere"))


def region(page):
    return page.get_by_role("main").get_by_role("region", name="People online")


def names(page, list_) -> list[str]:
    return page.locator(f"{list_} .name").all_inner_texts()


def test_people_come_and_go_on_the_open_page(url, page, bob, charlie, visit):
    expect(region(page).get_by_text(NOBODY)).to_be_visible()
    expect(region(page).get_by_role("heading")).to_have_text("People online 1")
    at_bob = connected(visit(bob, url))
    expect(region(page).get_by_role("button", name="Bob")).to_be_visible()
    expect(region(page).get_by_text(NOBODY)).to_be_hidden()
    expect(region(page).get_by_role("heading")).to_have_text("People online 2")
    connected(visit(charlie, url))  # who shares no room with alice
    at_bob.context.close()
    expect(region(page).get_by_role("button")).to_have_count(1)
    expect(region(page).get_by_role("button", name="Alice (you)")).to_be_visible()
    expect(region(page).get_by_text(NOBODY)).to_be_visible()


def test_the_focus_stays_while_another_person_gets_a_name(url, general, page, bob, charlie, visit):
    memberships.join(charlie, general.pk)
    for person in (bob, charlie):
        connected(visit(person, url))
    button = region(page).get_by_role("button", name="Charlie")
    button.focus()
    rename(bob, "Zed")
    expect(region(page).locator("li .name").last).to_have_text("Zed")
    expect(button).to_be_focused()


def test_a_click_or_the_enter_key_opens_the_profile(url, page, bob, visit):
    connected(visit(bob, url))
    button = region(page).get_by_role("button", name="Bob")
    card = page.get_by_role("dialog", name="Bob")
    button.click()
    expect(card).to_contain_text("Active")
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    button.press("Enter")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Message").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bob")


def test_a_click_on_oneself_opens_the_own_profile(page):
    region(page).get_by_role("button", name="Alice").click()
    expect(page.get_by_role("dialog", name="Alice").get_by_role("link")).to_have_text(
        "Edit profile"
    )


def test_the_focus_stays_while_others_arrive(url, page, general, bob, charlie, visit):
    memberships.join(charlie, general.pk)
    connected(visit(charlie, url))
    button = region(page).get_by_role("button", name="Charlie")
    button.focus()
    connected(visit(bob, url))
    expect(region(page).get_by_role("button", name="Bob")).to_be_visible()
    expect(button).to_be_focused()


def test_both_lists_show_the_same_people_when_there_are_many(url, page, crowd):
    more = region(page).get_by_role("link", name="and 11 more")
    expect(more).to_be_attached(timeout=20_000)
    expect(region(page).get_by_role("heading")).to_have_text("People online 41")
    expect(page.locator("#here-count")).to_have_text("41")
    expect(region(page).get_by_role("button")).to_have_count(LISTED_MAX)
    assert names(page, ".faces") == names(page, "#here")
    assert faults(page) == []
    more.click()
    expect(page).to_have_url(f"{url}/online/")


def test_the_list_is_filled_after_a_visit_to_a_room(url, page, general, bob, visit):
    connected(visit(bob, url))
    page.locator("#lists").get_by_role("link", name="General").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("General")
    page.get_by_role("navigation").get_by_role("link", name="Chatsite").click()
    expect(region(page).get_by_role("button", name="Bob")).to_be_visible()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_page_does_not_move_when_people_appear(url, general, alice, crowd, visit, options):
    crowd[0].name = "W" * 60
    crowd[0].save()
    page = visit(alice, url, **options)
    below = page.get_by_role("region", name="Rooms to join")
    held = []
    page.route("**/main*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    expect(below).to_be_visible()
    wait_for_paint(page)
    top = below.bounding_box()["y"]
    held[0].continue_()
    expect(region(page).get_by_role("button")).to_have_count(LISTED_MAX, timeout=20_000)
    assert below.bounding_box()["y"] == top
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_there_is_a_link(url, general, alice, visit):
    page = visit(alice, url, java_script_enabled=False)
    expect(region(page).get_by_role("list")).to_be_hidden()
    region(page).get_by_role("link", name="Everyone online").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Online")
