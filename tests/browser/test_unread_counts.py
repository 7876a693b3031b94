"""The counts in the sidebar and in the title agree with the server after any change."""

import random
import re

import pytest
from playwright.sync_api import expect

from chat.models import Message
from chat.services import editing, memberships, room_list, rooms
from tests.browser.page_actions import NOTICE, connected, send, sidebar_link
from tests.chat.factories import post_message

STEPS = 40
IN_BACKGROUND = "document.hasFocus = () => false"


@pytest.fixture
def page(url, general, garden, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


@pytest.fixture
def background(url, garden, alice, visit):
    """A page with Garden open in a background tab."""
    page = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    page.evaluate(IN_BACKGROUND)
    return page


def badge(page):
    return sidebar_link(page, "Garden").locator(".badge")


def expect_counts(page, unread: int, mentions: int = 0, title: str = "General") -> None:
    expect(page).to_have_title(
        f"({unread}) {title} · Chatsite" if unread else f"{title} · Chatsite"
    )
    if not unread:
        return expect(badge(page)).to_have_count(0)
    named = ", mentioning you" if mentions else ""
    return expect(badge(page)).to_have_text(f"{unread} unread{named}")


def test_a_deleted_message_is_not_unread(page, alice, bob, garden):
    first, second = post_message(bob, garden, "one"), post_message(bob, garden, "@alice two")
    expect_counts(page, 2, 1)
    editing.delete(bob, second.pk)
    expect_counts(page, 1)
    editing.force_delete(first.pk)
    expect_counts(page, 0)


def test_an_edit_adds_or_removes_a_mention(page, bob, garden):
    message = post_message(bob, garden, "look")
    expect_counts(page, 1, 0)
    editing.edit(bob, message.pk, "@alice look")
    expect_counts(page, 1, 1)
    editing.edit(bob, message.pk, "@bob look")
    expect_counts(page, 1, 0)


def test_reactions_and_own_posts_of_another_device_do_not_count(page, alice, bob, garden):
    message = post_message(bob, garden, "one")
    editing.react(bob, message.pk, "👍", True)
    post_message(alice, garden, "from another device")
    post_message(bob, garden, "two")
    expect_counts(page, 2)


def test_partial_reading_on_another_device_lowers_the_count(page, alice, bob, garden):
    for body in ("one", "two", "@alice three"):
        last = post_message(bob, garden, body)
    expect_counts(page, 3, 1)
    memberships.mark_read(alice, garden.pk, last.seq - 1)
    expect_counts(page, 1, 1)
    memberships.mark_read(alice, garden.pk, last.seq)
    expect_counts(page, 0)


def test_changes_while_offline_are_counted_afterwards(page, alice, bob, garden):
    first = post_message(bob, garden, "one")
    expect_counts(page, 1)
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    editing.delete(bob, first.pk)
    for body in ("two", "@alice three"):
        post_message(bob, garden, body)
    page.context.set_offline(False)
    expect_counts(page, 2, 1)


def test_the_badge_stops_at_99(page, alice, bob, garden):
    messages = [post_message(bob, garden, str(number)) for number in range(103)]
    expect(badge(page)).to_have_text("99+ unread")
    for message in messages[:5]:
        editing.delete(bob, message.pk)
    expect(badge(page)).to_have_text("98 unread")


def test_the_count_stays_correct_after_the_sidebar_reloads(page, alice, bob, garden):
    message = post_message(bob, garden, "one")
    rooms.create(alice, "Another")
    expect(sidebar_link(page, "Another")).to_be_visible()
    expect_counts(page, 1)
    editing.delete(bob, message.pk)
    expect_counts(page, 0)


def test_the_title_of_a_background_tab_follows_reading_on_other_devices(
    background, alice, bob, garden
):
    post_message(bob, garden, "one")
    last = post_message(bob, garden, "two")
    expect(background).to_have_title("(2) Garden · Chatsite")
    memberships.mark_read(alice, garden.pk, last.seq - 1)
    expect(background).to_have_title("(1) Garden · Chatsite")
    memberships.mark_read(alice, garden.pk, last.seq)
    expect(background).to_have_title("Garden · Chatsite")


def test_the_title_of_a_background_tab_follows_deletions(background, bob, garden):
    messages = [post_message(bob, garden, body) for body in ("one", "two")]
    expect(background).to_have_title("(2) Garden · Chatsite")
    for message in messages:
        editing.delete(bob, message.pk)
    expect(background).to_have_title("Garden · Chatsite")
    expect(background.locator("#pill")).to_be_hidden()
    post_message(bob, garden, "three")
    expect(background).to_have_title("(1) Garden · Chatsite")


def test_the_title_of_a_page_of_old_messages_counts_new_ones(url, page, alice, bob, garden):
    for number in range(80):
        post_message(alice, garden, str(number))
    page.goto(f"{url}/rooms/{garden.pk}/?at=10")
    connected(page)
    message = post_message(bob, garden, "new")
    expect(page).to_have_title("(1) Garden · Chatsite")
    editing.delete(bob, message.pk)
    expect(page).to_have_title("Garden · Chatsite")


def test_a_read_position_lost_with_the_connection_is_sent_again(
    url, page, alice, bob, garden, visit
):
    at_garden = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    # Drops the frame, as if the connection were already dead.
    at_garden.evaluate(
        """() => {
          const send = WebSocket.prototype.send;
          WebSocket.prototype.send = function (text) {
            if (!text.includes('"read"')) send.call(this, text);
          };
          window.repair = () => { WebSocket.prototype.send = send; };
        }"""
    )
    post_message(bob, garden, "news")
    expect(at_garden.get_by_text("news", exact=True)).to_be_visible()
    expect_counts(page, 1)
    at_garden.evaluate(IN_BACKGROUND)
    at_garden.evaluate("repair()")
    at_garden.evaluate("dispatchEvent(new Event('offline')), dispatchEvent(new Event('online'))")
    expect_counts(page, 0)


@pytest.mark.parametrize("seed", range(2))
def test_the_counts_stay_correct_after_random_changes(page, background, alice, bob, garden, seed):
    chance = random.Random(seed)
    for step in range(STEPS):
        do_something(chance, alice, bob, garden)
        if step % 10 == 9:
            expected = room_list.counts(alice, garden.pk)
            expect_counts(page, expected["unread"], expected["mentions"])
            count = f"({expected['unread']}) " if expected["unread"] else ""
            expect(background).to_have_title(f"{count}Garden · Chatsite")


def do_something(chance: random.Random, alice, bob, garden) -> None:
    mine = list(Message.objects.filter(room=garden, author=bob, deleted=False))
    body = chance.choice(["hi", "@alice hi", "@bob hi", "`@alice`"]) + f" {chance.random()}"
    kind = chance.choice(["post", "post", "post", "own", "edit", "delete", "react", "read"])
    if kind == "post" or not mine:
        post_message(bob, garden, body)
    elif kind == "own":
        post_message(alice, garden, body)
    elif kind == "edit":
        editing.edit(bob, chance.choice(mine).pk, body)
    elif kind == "delete":
        editing.delete(bob, chance.choice(mine).pk)
    elif kind == "react":
        editing.react(alice, chance.choice(mine).pk, chance.choice("👍🎉"), chance.random() < 0.7)
    else:
        memberships.mark_read(alice, garden.pk, chance.choice(mine).seq)


def test_a_message_in_a_visible_room_is_read_immediately(url, page, alice, bob, garden, visit):
    at_bob = connected(visit(bob, f"{url}/rooms/{garden.pk}/"))
    at_garden = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    send(at_bob, "seen immediately")
    expect(at_garden.get_by_text("seen immediately")).to_be_visible()
    expect_counts(page, 0)
    expect(at_garden).to_have_title(re.compile("^Garden"))


def test_the_link_on_the_home_page_follows_the_unread_count(url, garden, alice, bob, visit):
    page = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    page.goto(url)  # leads back to the room that was open last
    connected(page)
    first = post_message(bob, garden, "one")
    link = page.locator(".back")
    expect(link).to_contain_text("1 unread")
    last = post_message(bob, garden, "two")
    expect(link).to_contain_text("2 unread")
    editing.delete(bob, first.pk)
    expect(link).to_contain_text("1 unread")
    memberships.mark_read(alice, garden.pk, last.seq)
    expect(link).to_contain_text("You have read everything")
