"""Sign-up, sign-in, sign-out, and the pages of an account."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.page_actions import connected
from tests.browser.test_accessibility import faults
from tests.conftest import PASSWORD

STRONG = "correct horse 9"
PAGES = [
    *("devices/", "bots/", "profile/", "email/", "password/change/", "logout/", "inactive/"),
    *("2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/"),
]


def fill(page, name, password):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(password)


def sign_in(page, site_url, name="alice"):
    page.goto(f"{site_url}/accounts/login/")
    fill(page, name, PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_new_user_signs_up(site_url, visit):
    page = visit(None, site_url)
    expect(page).to_have_url(f"{site_url}/accounts/login/?next=/")
    page.get_by_role("link", name="Create an account").click()
    fill(page, "charlie", STRONG)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{site_url}/")
    expect(page.get_by_role("heading", name="Welcome, charlie")).to_be_visible()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_new_user_has_the_time_zone_of_the_browser(site_url, visit, zone):
    page = visit(None, f"{site_url}/accounts/signup/", timezone_id=zone)
    fill(page, "charlie", STRONG)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Welcome, charlie")).to_be_visible()
    page.goto(f"{site_url}/accounts/profile/")
    expect(page.get_by_label("Time zone")).to_have_value(zone)


def test_a_password_can_be_shown(site_url, visit):
    page = visit(None, f"{site_url}/accounts/login/")
    field = page.get_by_label("Password", exact=True)
    field.fill(STRONG)
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide the password").click()
    expect(field).to_have_attribute("type", "password")


@pytest.mark.parametrize("path", ["login", "signup", "reauthenticate", "password/change"])
def test_who_types_before_the_scripts_came_keeps_the_focus(site_url, alice, visit, path):
    page = visit(None, site_url)
    if path in ("reauthenticate", "password/change"):
        sign_in(page, site_url)
        page.wait_for_url(f"{site_url}/")
    held = []
    page.route("**/passwords*.js", lambda route: held.append(route))
    with page.expect_request("**/passwords*.js"):
        page.goto(f"{site_url}/accounts/{path}/", wait_until="commit")
    field = page.locator("main [type=password]").first
    field.press_sequentially("correct")
    held.pop().continue_()
    expect(page.get_by_role("button", name="Show the password").first).to_be_visible()
    page.keyboard.type(" horse 9")
    expect(field).to_be_focused()
    expect(field).to_have_value(STRONG)


def test_a_wrong_password_keeps_the_username(site_url, alice, visit):
    page = visit(None, f"{site_url}/accounts/login/")
    fill(page, "alice", "wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("alice")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")


def test_a_passkey_signs_in_without_a_password(site_url, alice, visit):
    page = visit(None, site_url)
    add_authenticator(page)
    sign_in(page, site_url)
    add_passkey(page, site_url, passwordless=True)
    page.locator(".me").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_a_passkey_is_the_second_step_after_a_password(site_url, alice, visit):
    page = visit(None, site_url)
    add_authenticator(page)
    sign_in(page, site_url)
    add_passkey(page, site_url)
    page.locator(".me").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    sign_in(page, site_url)
    page.goto(f"{site_url}/accounts/profile/")  # which needs the second step
    expect(page).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    page.get_by_role("button", name="passkey").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_a_key_is_renamed_and_removed(site_url, alice, visit):
    page = visit(None, site_url)
    add_authenticator(page)
    sign_in(page, site_url)
    add_passkey(page, site_url)
    page.goto(f"{site_url}/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Rename Key 1").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The key was removed.")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("None yet.")).to_be_visible()


def test_without_javascript_no_passkey_is_offered(site_url, visit):
    page = visit(None, f"{site_url}/accounts/login/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_text("Sign in with a passkey")).to_be_hidden()


def test_a_missing_passkey_is_explained(site_url, visit):
    page = visit(None, f"{site_url}/accounts/login/")
    add_authenticator(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("was not used")


def add_passkey(page, site_url, passwordless=False) -> None:
    page.goto(f"{site_url}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    if passwordless:
        page.get_by_label("Use as a passkey").check()
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_text("The key was added.")).to_be_visible()


def add_authenticator(page) -> None:
    """Adds Chromium's virtual authenticator, which confirms everything."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_user_signs_out_all_other_devices(site_url, alice, visit):
    other = connected(visit(alice, f"{site_url}/accounts/devices/"))
    page = visit(alice, f"{site_url}/accounts/devices/")
    page.get_by_role("button", name="Sign out all other devices").click()
    expect(page.get_by_text("All your other devices were signed out.")).to_be_visible()
    expect(other).to_have_url(re.compile("/accounts/login/"))  # automatically


def test_a_token_is_shown_once(site_url, alice, visit):
    page = visit(alice, f"{site_url}/accounts/devices/")
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Create a token").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("The token laptop")).to_have_value(re.compile("^chat_"))
    page.get_by_role("button", name="Revoke laptop").click()
    expect(page.get_by_text("No tokens yet.")).to_be_visible()


def test_a_user_creates_and_closes_a_bot(site_url, alice, general, visit):
    page = visit(alice, f"{site_url}/accounts/bots/")
    page.get_by_label("Username").fill("echo")
    page.get_by_label("Display name").fill("Echo")
    page.get_by_role("button", name="Create a bot").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("The token of Echo")).to_have_value(re.compile("^chat_"))
    assert faults(page) == []
    page.get_by_role("button", name="Deactivate Echo").click()
    expect(page.get_by_text("Echo was deactivated.")).to_be_visible()
    expect(page.get_by_text("No bots yet.")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_account_pages_are_accessible(site_url, alice, visit, scheme, width):
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    for path in ("login/", "signup/", "password/reset/", "password/reset/key/1-none/"):
        assert faults(visit(None, f"{site_url}/accounts/{path}", **options)) == [], path
    page = visit(alice, site_url, **options)
    page.goto(f"{site_url}/accounts/reauthenticate/")
    assert faults(page) == []
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    for path in PAGES:
        page.goto(f"{site_url}/accounts/{path}")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize(
    ("label", "text"),
    [("Password", "short"), ("Username (optional)", "bad name!"), ("Email (optional)", "zoe@exa")],
)
def test_after_a_mistake_in_the_sign_up_its_field_has_the_focus(site_url, visit, label, text):
    page = visit(None, f"{site_url}/accounts/signup/")
    expect(page.get_by_label("Display name")).to_be_focused()
    page.get_by_label("Display name").fill("李明")
    page.get_by_label("Password", exact=True).fill(STRONG)
    page.get_by_label(label, exact=True).fill(text)
    page.locator("form.form").evaluate("(form) => (form.noValidate = true)")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label(label, exact=True)).to_be_focused()
    expect(page.get_by_label("Display name")).to_have_value("李明")


def test_after_a_wrong_password_it_has_the_focus(site_url, alice, visit):
    page = visit(None, f"{site_url}/accounts/login/")
    fill(page, "alice", "wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.get_by_label("Username")).to_have_value("alice")
