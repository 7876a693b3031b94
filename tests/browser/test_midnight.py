"""A page that stays open over midnight."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.models import Message
from tests.browser.page_actions import connected, message
from tests.chat.factories import post_message

ZONES = ["UTC", "Asia/Kolkata", "America/Los_Angeles"]


@pytest.mark.parametrize("zone", ZONES)
def test_today_becomes_yesterday(url, general, alice, bob, visit, zone):
    yesterday = timezone.now() - timedelta(days=1)
    first = post_message(bob, general, "first")
    Message.objects.filter(pk=first.pk).update(created_at=yesterday)
    page = visit(alice, url, timezone_id=zone)
    page.clock.install(time=yesterday)
    page.goto(f"{url}/rooms/{general.pk}/")
    days = page.locator(".day")
    expect(days).to_have_text(["Today"])
    page.clock.fast_forward(24 * 60 * 60 * 1000)
    expect(days).to_have_text(["Yesterday"])
    connected(page)
    post_message(bob, general, "second")
    expect(message(page, "second")).to_be_visible()
    expect(days).to_have_text(["Yesterday", "Today"])
    page.clock.fast_forward(24 * 60 * 60 * 1000)
    expect(days.last).to_have_text("Yesterday")
    assert "Today" not in days.all_inner_texts()
