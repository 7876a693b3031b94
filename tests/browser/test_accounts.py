"""Signing up, in and out, and the pages of an account."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import serious
from tests.conftest import PASSWORD

STRONG = "correct horse 9"
PAGES = [
    *("devices/", "bots/", "profile/", "email/", "password/change/", "logout/", "inactive/"),
    *("2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/"),
]


@pytest.fixture
def here(url):
    """The site by name: passkeys belong to a name, never to an address in numbers."""
    return url.replace("127.0.0.1", "localhost")


def fill(page, name, password):
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(password)


def sign_in(page, here, name="alice"):
    page.goto(f"{here}/accounts/login/")
    fill(page, name, PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_somebody_new(here, visit):
    page = visit(None, here)
    expect(page).to_have_url(f"{here}/accounts/login/?next=/")
    page.get_by_role("link", name="Create an account").click()
    fill(page, "charlie", STRONG)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{here}/")
    expect(page.get_by_role("heading", name="Welcome, charlie")).to_be_visible()


def test_a_password_can_be_looked_at(here, visit):
    page = visit(None, f"{here}/accounts/login/")
    field = page.get_by_label("Password", exact=True)
    field.fill(STRONG)
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide the password").click()
    expect(field).to_have_attribute("type", "password")


def test_a_wrong_password_keeps_the_name(here, alice, visit):
    page = visit(None, f"{here}/accounts/login/")
    fill(page, "alice", "wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("alice")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")


def test_a_passkey_signs_in_by_itself(here, alice, visit):
    page = visit(None, here)
    with_authenticator(page)
    sign_in(page, here)
    add_passkey(page, here, alone=True)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_a_passkey_is_the_second_step_after_a_password(here, alice, visit):
    page = visit(None, here)
    with_authenticator(page)
    sign_in(page, here)
    add_passkey(page, here)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, here)
    page.goto(f"{here}/accounts/profile/")  # for which the password alone is not enough
    expect(page).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    page.get_by_role("button", name="passkey").click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_a_key_is_renamed_and_removed(here, alice, visit):
    page = visit(None, here)
    with_authenticator(page)
    sign_in(page, here)
    add_passkey(page, here)
    page.goto(f"{here}/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Rename Key 1").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The key was removed.")).to_be_visible()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_without_javascript_no_passkey_is_offered(here, visit):
    page = visit(None, f"{here}/accounts/login/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_text("Sign in with a passkey")).to_be_hidden()


def test_a_passkey_that_is_not_there(here, visit):
    page = visit(None, f"{here}/accounts/login/")
    with_authenticator(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("was not used")


def add_passkey(page, here, alone=False) -> None:
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    if alone:
        page.get_by_label("Sign in with it alone").check()
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_text("The key was added.")).to_be_visible()


def with_authenticator(page) -> None:
    """Chromium's virtual one, which says yes to everything."""
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


def test_signing_out_everywhere_else(here, alice, visit):
    there = visit(alice, f"{here}/accounts/devices/")
    page = visit(alice, f"{here}/accounts/devices/")
    page.get_by_role("button", name="Sign out all other devices").click()
    expect(page.get_by_text("All your other devices were signed out.")).to_be_visible()
    there.reload()
    expect(there).to_have_url(re.compile("/accounts/login/"))


def test_a_token_is_shown_once(here, alice, visit):
    page = visit(alice, f"{here}/accounts/devices/")
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Create a token").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("The token laptop")).to_have_value(re.compile("^chat_"))
    page.get_by_role("button", name="Revoke laptop").click()
    expect(page.get_by_text("No tokens yet.")).to_be_visible()


def test_a_bot_of_ones_own(here, alice, general, visit):
    page = visit(alice, f"{here}/accounts/bots/")
    page.get_by_label("Username").fill("echo")
    page.get_by_label("Display name").fill("Echo")
    page.get_by_role("button", name="Create a bot").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("The token of Echo")).to_have_value(re.compile("^chat_"))
    assert serious(page) == []
    page.get_by_role("button", name="Deactivate Echo").click()
    expect(page.get_by_text("Echo was deactivated.")).to_be_visible()
    expect(page.get_by_text("No bots yet.")).to_be_visible()


def test_the_api_is_described_on_a_page(here, alice, visit):
    page = visit(alice, f"{here}/api/docs")
    expect(page.get_by_text("/api/users/online")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(here, alice, visit, scheme, width):
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    for path in ("login/", "signup/", "password/reset/", "password/reset/key/1-none/"):
        assert serious(visit(None, f"{here}/accounts/{path}", **options)) == [], path
    page = visit(alice, here, **options)
    page.goto(f"{here}/accounts/reauthenticate/")
    assert serious(page) == []
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    for path in PAGES:
        page.goto(f"{here}/accounts/{path}")
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
