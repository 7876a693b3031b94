"""axe finds nothing on any page, and no page is wider than the screen: narrow, zoomed, and in
forced colours. The pages of Django's DEBUG mode are not ours."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import expect

from tests.browser.test_accessibility import faults
from tests.browser.test_accounts import sign_in
from tests.conftest import PASSWORD

NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 800}
MODES = {
    "narrow": {"viewport": NARROW},
    "zoomed to 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "forced colours": {"viewport": WIDE, "forced_colors": "active"},
    "dark forced colours": {
        "viewport": NARROW,
        "forced_colors": "active",
        "color_scheme": "dark",
    },
}
FOR_ALL = [
    *("login/", "signup/", "inactive/", "confirm-email/", "confirm-email/unknown/"),
    *("password/reset/", "password/reset/done/", "password/reset/key/done/"),
    "password/reset/key/1-unknown/",
]
FOR_MEMBERS = [
    *("/", "/?q=bob", "/?q=nobody", "/rooms/new/", "/online/", "/api/docs"),
    *("/rooms/{}/", "/rooms/{}/?at=1", "/rooms/{}/?before=2"),
    *("/rooms/{}/members/", "/rooms/{}/leave/", "/rooms/{}/delete/"),
]
SETTINGS = [
    *("", "profile/", "community/", "delete/", "devices/", "bots/", "email/", "password/change/"),
    *("2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/", "reauthenticate/"),
    "logout/",
]
TWO_FACTOR = ["", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/"]
ADMIN = [
    *("", "chat/room/", "chat/room/{}/change/", "chat/message/", "accounts/user/"),
    *("presence/sample/", "task_queue/queue/"),
]


@pytest.fixture
def owner(alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    return alice


@pytest.mark.parametrize("mode", MODES)
def test_each_page_can_be_used_by_everybody(site_url, room_with_messages, owner, bob, visit, mode):
    page = visit(None, site_url, **MODES[mode])
    check(page, [f"{site_url}/accounts/{path}" for path in FOR_ALL] + [f"{site_url}/api/docs"])
    sign_in(page, site_url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    paths = [path.format(room_with_messages.pk) for path in FOR_MEMBERS]
    reauthenticate(page, f"{site_url}/accounts/2fa/totp/activate/")
    paths += [f"/accounts/{path}" for path in SETTINGS] + [
        f"/admin/{path.format(room_with_messages.pk)}" for path in ADMIN
    ]
    check(page, [site_url + path for path in paths])
    TOTP.activate(owner, generate_totp_secret())
    RecoveryCodes.activate(owner)
    check(page, [f"{site_url}/accounts/2fa/{path}" for path in TWO_FACTOR])


def reauthenticate(page, address):
    page.goto(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(address)


def check(page, addresses):
    found = {}
    for address in addresses:
        response = page.goto(address)
        page.wait_for_load_state("networkidle")
        wrong = faults(page) + wider(page)
        if wrong or (response.status, page.url) != (200, address):
            found[address] = [response.status, page.url, *wrong]
    assert found == {}


def wider(page) -> list[str]:
    """Returns the elements that hold a whole page and scroll sideways."""
    return page.evaluate("""
        [document.documentElement, ...document.querySelectorAll(".sheet-scroll, .scroller, #lists")]
        .filter(({scrollWidth, clientWidth}) => scrollWidth > clientWidth)
        .map(({tagName, className, scrollWidth}) => `${tagName} ${className} ${scrollWidth}`)
    """)
