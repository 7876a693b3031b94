"""The Back button after a sign-out, with and without the browser's back-forward cache."""

import uuid

import pytest
from playwright.sync_api import expect

from chat.services import post_batch, posts
from tests.browser.conftest import sign_in
from tests.chromium import ARGUMENTS, CHROMIUM

SECRET = "The password of the safe is 4711"


@pytest.fixture(params=["with", "without"])
def page(request, chromium, url, alice, general):
    """A page of alice in a browser with the back-forward cache or without it, as in Playwright."""
    ignored = ["--disable-back-forward-cache"] if request.param == "with" else []
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=ignored
    )
    context = browser.new_context()
    sign_in(context, alice, url)
    yield context.new_page()
    browser.close()


@pytest.fixture
def secret(alice, general):
    post_batch.write([posts.Post(alice, general.pk, uuid.uuid4(), SECRET)])


@pytest.mark.parametrize("path", ["/rooms/{}/", "/accounts/devices/"])
def test_back_shows_nothing_private_after_signing_out(page, url, general, secret, path):
    page.goto(url + path.format(general.pk))
    page.goto(f"{url}/rooms/{general.pk}/")
    expect(page.get_by_text(SECRET)).to_be_visible()
    page.goto(url + path.format(general.pk))
    page.goto(f"{url}/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/accounts/login/**")
    for _ in range(4):
        page.go_back()
        assert SECRET not in page.content()
        assert "alice" not in page.content().lower()
