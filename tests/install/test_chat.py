"""The chat in a project of its own, with what its README names: every page and every button."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from presence.connection import client
from tests.browser.page_actions import (
    click_action,
    composer,
    connected,
    message,
    send,
)
from tests.chromium import TIMEOUT_MS
from tests.install import user_models
from tests.install.environments import environment, packages_of
from tests.install.project import Project

APPS = ("chat", "presence", "tasks")
UVICORN = (
    "-m",
    "uvicorn",
    "project.asgi:application",
    "--port",
    "{port}",
    "--log-level",
    "warning",
)
PEOPLE = ("alice", "bob")
CREATE = """
from django.contrib.auth import get_user_model
for name in {people}:
    get_user_model().objects.create_user(name, password="correct horse")
"""
CASES = [
    ("5.2", None, ""),
    ("5.2", "uuid", "room0/chat/"),
    ("6.0", None, ""),
    ("6.0", "text", "чат (1)/10/"),
]  # the version of Django, the key of users, and the path of the apps


@pytest.fixture(scope="module", params=CASES, ids=str)
def project(request, tmp_path_factory):
    django, users, path = request.param
    python = environment(django, packages_of("chat", django))
    found = Project(python, tmp_path_factory.mktemp("chat") / "site", "chat", APPS)
    if users:
        user_models.add(found.folder, users)
        found.manage("makemigrations", "people")
    found.mount(path)
    if django == "6.0":  # the pages are the same, with more requests
        found.remove_setting('    "chat.finders.BundleFinder",\n')
    client().flushall()  # of the last project, whose users had other keys
    found.manage("check", "--fail-level", "WARNING")
    found.manage("migrate", "--verbosity", "0")
    found.manage("makemigrations", "--check", "--dry-run")
    found.manage("shell", "--command", CREATE.format(people=PEOPLE))
    yield found
    found.stop()


@pytest.fixture(scope="module")
def url(project) -> str:
    project.start("manage.py", "runworker")
    return f"{project.serve(*UVICORN)}/{project.path}".removesuffix("/")


@pytest.fixture
def visit(chromium, url):
    """visit(name) signs a user in by the form and returns a page, on which nothing may fail."""
    contexts, faults = [], []

    def visit(name: str) -> Page:
        contexts.append(chromium.new_context())
        page = contexts[-1].new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("response", lambda r: faults.append(r.url) if is_fault(r) else None)
        page.goto(url)
        page.get_by_label(re.compile("username|email", re.I)).fill(name)
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Home")).to_be_visible()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not faults


def test_two_people_use_every_page_and_every_button(visit, url, tmp_path):
    alice, bob = visit("alice"), visit("bob")
    room = create_room(alice, "General")
    talk(alice, bob, room)
    change_messages(alice, bob)
    meet(alice, bob, url)
    look_around(alice, bob, room)
    manage(alice, bob, url, room, tmp_path)
    sign_out(alice)


def create_room(page: Page, name: str) -> str:
    page.get_by_role("link", name="New room").first.click()
    page.get_by_label("Name").fill(name)
    page.locator("main form button").last.click()
    expect(page.locator("h1")).to_have_text(name)
    return page.url


def talk(alice: Page, bob: Page, room: str) -> None:
    bob.reload()
    bob.get_by_role("link", name="General").first.click()
    bob.get_by_role("button", name="Join this room").click()
    connected(alice), connected(bob)
    send(alice, "Good morning, @bob")
    expect(message(bob, "Good morning, @bob")).to_be_visible()
    expect(message(bob, "Good morning, @bob")).to_have_class(re.compile("to-me"))
    composer(bob).press_sequentially("Hm")
    expect(alice.locator("#typing")).to_contain_text("is typing")
    composer(bob).press("Enter")
    expect(message(alice, "Hm")).to_be_visible()
    expect(alice.locator("#here-count")).to_have_text("2")


def change_messages(alice: Page, bob: Page) -> None:
    click_action(bob, "Hm", "Edit")
    editor = bob.get_by_role("textbox", name="Edit the message")
    expect(editor).to_have_value("Hm")
    editor.fill("Good morning, Alice")
    bob.get_by_role("button", name="Save").click()
    expect(message(alice, "Good morning, Alice")).to_contain_text("edited")
    click_action(alice, "Good morning, Alice", "React")
    alice.locator("#picker button").first.click()
    expect(message(bob, "Good morning, Alice").locator(".reaction")).to_contain_text("1")
    message(bob, "Good morning, Alice").locator(".reaction").click()
    expect(message(alice, "Good morning, Alice").locator(".reaction")).to_contain_text("2")
    message(alice, "Good morning, Alice").locator(".reaction").hover()
    expect(alice.locator("#tip")).to_contain_text("You and")
    click_action(alice, "Good morning, Alice", "Reply")
    send(alice, "How are you?")
    expect(message(bob, "How are you?").locator(".reply")).to_contain_text("Good morning, Alice")
    click_action(alice, "How are you?", "Delete")
    alice.get_by_role("button", name="Delete", exact=True).last.click()
    expect(bob.locator(".message.deleted")).to_have_count(1)


def meet(alice: Page, bob: Page, url: str) -> None:
    alice.goto(url)
    alice.get_by_placeholder("Name or username").press_sequentially("bob")
    alice.locator("#found button", has_text="Message").click()
    connected(alice)
    send(alice, "Just for you")
    expect(bob.locator("#side .direct .badge")).to_contain_text("1")
    bob.locator("#side .direct a").click()
    expect(message(bob, "Just for you")).to_be_visible()
    alice.keyboard.press("Control+k")
    alice.locator("#jump-to").press_sequentially("gen")
    alice.keyboard.press("Enter")
    expect(alice.locator("h1")).to_have_text("General")
    alice.goto(f"{url}/online/")
    expect(alice.get_by_text("bob").first).to_be_visible()
    alice.goto(url)
    alice.get_by_label("Group conversation").fill("bob")
    alice.get_by_role("button", name="Start").click()
    expect(message(alice, "Just for you")).to_be_visible()


def look_around(alice: Page, bob: Page, room: str) -> None:
    """Profiles, favourites, and pages that open without a page load."""
    alice.goto(room)
    connected(alice).evaluate("window.mark = 1")
    message(alice, "Good morning, @bob").locator(".mention").click()
    expect(alice.get_by_role("dialog", name="bob")).to_contain_text("Active")
    alice.get_by_role("button", name="Mention").click()
    expect(composer(alice)).to_have_value("@bob ")
    composer(alice).fill("")
    alice.locator("#side .direct a").click()
    expect(message(alice, "Just for you")).to_be_visible()
    alice.locator("a.brand").click()
    expect(alice.get_by_role("heading", name="Home")).to_be_visible()
    alice.go_back()
    alice.go_back()
    expect(alice.locator("h1")).to_have_text("General")
    assert alice.evaluate("window.mark") == 1, "the page was loaded"
    alice.get_by_role("button", name="Favourite").click()
    expect(alice.get_by_role("region", name="Favourites")).to_contain_text("General")
    message(bob, "Just for you").locator(".avatar").click()
    bob.get_by_role("dialog", name="alice").get_by_role("button", name="Message").click()
    expect(message(bob, "Just for you")).to_be_visible()


def manage(alice: Page, bob: Page, url: str, room: str, folder: Path) -> None:
    alice.goto(room)
    alice.get_by_role("link", name="People and settings").click()
    alice.locator("#id_name").fill("Garden")
    alice.get_by_label("Topic").fill("Roses")
    alice.get_by_role("button", name="Save").click()
    expect(alice.locator("h1")).to_have_text("Garden")
    alice.get_by_role("button", name="Export as a file").click()
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Download").click()
    download.value.save_as(folder / "export.json")
    assert "Good morning, Alice" in (folder / "export.json").read_text()
    alice.goto(f"{room}members/")
    alice.get_by_role("button", name="Remove").click()
    expect(alice.locator("main .list li")).to_have_count(1)
    alice.locator("#id_username").fill("bob")
    alice.get_by_role("button", name="Invite").click()
    expect(alice.locator("main .list li")).to_have_count(2)
    alice.get_by_role("button", name="Archive the room").click()
    expect(alice.get_by_text("This room is archived.")).to_be_visible()
    alice.get_by_role("link", name="Room settings").click()
    alice.get_by_role("button", name="Restore the room").click()
    bob.goto(f"{room}members/")
    bob.get_by_role("button", name="Leave the room").click()
    expect(bob.get_by_role("heading", name="Home")).to_be_visible()
    alice.goto(f"{room}members/")
    alice.get_by_role("link", name="Delete the room").click()
    alice.get_by_label("Type the name").fill("Garden")
    alice.locator("main form button").last.click()
    expect(alice.get_by_role("heading", name="Home")).to_be_visible()
    expect(alice.get_by_text("The room Garden was deleted.")).to_be_visible()


def sign_out(page: Page) -> None:
    """The socket of another tab ends with the session, and its page asks to sign in."""
    other = page.context.new_page()
    connected(other) if other.goto(page.url) else None
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()


def is_fault(response) -> bool:
    return response.status >= 400 and not response.url.endswith("/favicon.ico")
