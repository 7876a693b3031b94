"""A backup is restored while a page is open."""

from playwright.sync_api import expect

from chat.events import seen_changes
from chat.models import Room
from chat.services import lost_changes
from tests.chat.factories import post_message
from tests.chat.services.test_lost_changes import restore_backup


def test_the_page_reloads_and_keeps_the_typed_text(visit, url, alice, bob, general):
    for number in range(5):
        post_message(bob, general, f"number {number}")
    page = visit(alice, f"{url}/rooms/{general.pk}/")
    expect(page.get_by_text("number 4")).to_be_visible()
    page.locator("#composer textarea").fill("half a sentence")
    restore_backup(general)
    seen_changes.clear()
    post_message(bob, general, "after the loss")
    expect(page.get_by_text("after the loss")).to_be_visible()
    expect(page.get_by_text("number 4")).to_have_count(0)
    expect(page.locator("#composer textarea")).to_have_value("half a sentence")
    assert Room.objects.get(pk=general.pk).head > lost_changes.GAP
    post_message(bob, general, "and live again")
    expect(page.get_by_text("and live again")).to_be_visible()
