"""The counts in the lists and in the title are the server's, whatever happens to messages."""

import random
import re

import pytest
from playwright.sync_api import expect

from chat.models import Message
from chat.services import editing, memberships, room_list, rooms
from tests.browser.people import NOTICE, connected, link_of, send
from tests.chat.factories import post_message

STEPS = 40
IN_BACKGROUND = "document.hasFocus = () => false"


@pytest.fixture
def garden(alice, bob):
    room = rooms.create(bob, "Garden")
    memberships.join(alice, room.pk)
    return room


@pytest.fixture
def page(url, general, garden, alice, visit):
    return connected(visit(alice, f"{url}/rooms/{general.pk}/"))


@pytest.fixture
def background(url, garden, alice, visit):
    """A tab with Garden open that is not in front."""
    page = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    page.evaluate(IN_BACKGROUND)
    return page


def badge(page):
    return link_of(page, "Garden").locator(".badge")


def expect_counts(page, unread: int, mentions: int = 0, title: str = "General") -> None:
    expect(page).to_have_title(
        f"({unread}) {title} · Chatsite" if unread else f"{title} · Chatsite"
    )
    if not unread:
        return expect(badge(page)).to_have_count(0)
    named = ", naming you" if mentions else ""
    return expect(badge(page)).to_have_text(f"{unread} unread{named}")


def test_a_deleted_message_is_not_unread(page, alice, bob, garden):
    first, second = post_message(bob, garden, "one"), post_message(bob, garden, "@alice two")
    expect_counts(page, 2, 1)
    editing.delete(bob, second.pk)
    expect_counts(page, 1)
    editing.force_delete(first.pk)
    expect_counts(page, 0)


def test_a_mention_comes_and_goes_with_an_edit(page, bob, garden):
    message = post_message(bob, garden, "look")
    expect_counts(page, 1, 0)
    editing.edit(bob, message.pk, "@alice look")
    expect_counts(page, 1, 1)
    editing.edit(bob, message.pk, "@bob look")
    expect_counts(page, 1, 0)


def test_reactions_and_own_posts_from_elsewhere_change_nothing(page, alice, bob, garden):
    message = post_message(bob, garden, "one")
    editing.react(bob, message.pk, "👍", True)
    post_message(alice, garden, "from another device")
    post_message(bob, garden, "two")
    expect_counts(page, 2)


def test_what_was_read_on_another_device_in_part(page, alice, bob, garden):
    for body in ("one", "two", "@alice three"):
        last = post_message(bob, garden, body)
    expect_counts(page, 3, 1)
    memberships.mark_read(alice, garden.pk, last.seq - 1)
    expect_counts(page, 1, 1)
    memberships.mark_read(alice, garden.pk, last.seq)
    expect_counts(page, 0)


def test_what_happened_while_the_page_was_offline(page, alice, bob, garden):
    first = post_message(bob, garden, "one")
    expect_counts(page, 1)
    page.context.set_offline(True)
    expect(page.locator(NOTICE)).to_be_visible()
    editing.delete(bob, first.pk)
    for body in ("two", "@alice three"):
        post_message(bob, garden, body)
    page.context.set_offline(False)
    expect_counts(page, 2, 1)


def test_more_than_is_counted(page, alice, bob, garden):
    messages = [post_message(bob, garden, str(number)) for number in range(103)]
    expect(badge(page)).to_have_text("99+ unread")
    for message in messages[:5]:
        editing.delete(bob, message.pk)
    expect(badge(page)).to_have_text("98 unread")


def test_after_the_lists_are_loaded_again(page, alice, bob, garden):
    message = post_message(bob, garden, "one")
    rooms.create(alice, "Another")
    expect(link_of(page, "Another")).to_be_visible()
    expect_counts(page, 1)
    editing.delete(bob, message.pk)
    expect_counts(page, 0)


def test_the_title_of_a_background_tab_follows_what_is_read_elsewhere(
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


def test_the_title_of_a_page_of_the_past(url, page, alice, bob, garden):
    for number in range(80):
        post_message(alice, garden, str(number))
    page.goto(f"{url}/rooms/{garden.pk}/?at=10")
    connected(page)
    message = post_message(bob, garden, "new")
    expect(page).to_have_title("(1) Garden · Chatsite")
    editing.delete(bob, message.pk)
    expect(page).to_have_title("Garden · Chatsite")


def test_what_was_read_just_before_the_connection_broke_is_told_again(
    url, page, alice, bob, garden, visit
):
    at_garden = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    # As if the frame were lost: handed over to a connection that is dead already.
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
def test_whatever_two_people_do(page, background, alice, bob, garden, seed):
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


def test_a_message_in_a_room_that_is_open_in_front_is_read(url, page, alice, bob, garden, visit):
    at_bob = connected(visit(bob, f"{url}/rooms/{garden.pk}/"))
    at_garden = connected(visit(alice, f"{url}/rooms/{garden.pk}/"))
    send(at_bob, "seen at once")
    expect(at_garden.get_by_text("seen at once")).to_be_visible()
    expect_counts(page, 0)
    expect(at_garden).to_have_title(re.compile("^Garden"))


def test_the_link_of_the_first_page_to_the_room_to_begin_with(url, garden, alice, bob, visit):
    first = post_message(bob, garden, "one")
    page = connected(visit(alice, url))
    link = page.locator(".back")
    expect(link).to_contain_text("1 unread")
    last = post_message(bob, garden, "two")
    expect(link).to_contain_text("2 unread")
    editing.delete(bob, first.pk)
    expect(link).to_contain_text("1 unread")
    memberships.mark_read(alice, garden.pk, last.seq)
    expect(link).to_contain_text("You have read everything")
