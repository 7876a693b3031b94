"""Actions on a page, and the elements that the tests look at."""

import re

from playwright.sync_api import Page, expect

NOTICE = "#notice"
BACK_MS = 30_000  # within which a page is connected again
STEP_MS = 50

# The person pays for what is transferred, or does not. On a busy machine, Chromium measures "2g".
METERED = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
UNMETERED = "Object.defineProperty(navigator, 'connection', {value: {effectiveType: '4g'}})"
# The storage of the browser is full, as another page of the site may have left it.
FULL = """
void (Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError"); });
"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def composer(page: Page):
    return page.get_by_role("textbox", name="Message to")


def send(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def message(page: Page, text: str):
    """Returns the row of a stored message, as opposed to a pending one."""
    return page.locator("#rows .message").filter(has=page.get_by_text(text, exact=True))


def pending(page: Page, text: str):
    return page.locator("#pending .message").filter(has_text=text)


def bodies(page: Page) -> list[str]:
    return page.locator(".message .body").all_inner_texts()


def sidebar_link(page: Page, name: str):
    return page.locator("#lists").get_by_role("link", name=re.compile(name))


def click_action(page: Page, text: str, action: str) -> None:
    """Clicks an action in the toolbar that appears over a message."""
    message(page, text).hover()
    page.locator("#actions").get_by_role("button", name=action).click()


def connected(page: Page) -> Page:
    expect(page.locator("#here-count")).not_to_be_empty()
    return page


def wait_until(page, condition) -> None:
    """Lets the page go on meanwhile."""
    for _ in range(BACK_MS // STEP_MS):
        if condition():
            return
        page.wait_for_timeout(STEP_MS)
    raise AssertionError("It did not happen.")
