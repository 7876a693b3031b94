"""The projects of presence and tasks in Chromium, with what their READMEs name."""

import pytest
from playwright.sync_api import Page, expect

from presence.connection import client
from tests.chromium import TIMEOUT_MS
from tests.install.environments import environment, packages_of
from tests.install.project import Project

RUNSERVER = ("manage.py", "runserver", "--noreload", "127.0.0.1:{port}")
CREATE = """
from django.contrib.auth import get_user_model
for name in ("alice", "bob"):
    get_user_model().objects.create_user(name, password="correct horse")
"""


@pytest.fixture(params=["5.2", "6.0"])
def project(request, tmp_path):
    """project(app) serves the example of an app, and returns it with its address."""
    client().flushall()
    made = []

    def make(app: str) -> tuple[Project, str]:
        python = environment(request.param, packages_of(app, request.param))
        found = Project(python, tmp_path / app, app, (app,))
        made.append(found)
        found.manage("check", "--fail-level", "WARNING")
        return found, found.serve(*RUNSERVER)

    yield make
    for found in made:
        found.stop()


@pytest.fixture
def page(chromium):
    """A page on which nothing may fail."""
    faults: list[str] = []
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda r: faults.append(r.url) if r.status >= 500 else None)
    yield page
    context.close()
    assert not faults


def test_presence(project, page: Page):
    site, url = project("presence")
    site.manage("migrate", "--verbosity", "0")
    site.manage("shell", "--command", CREATE)
    page.goto(f"{url}/online/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Online")).to_be_visible()
    expect(page.locator("main")).to_contain_text("alice")
    expect(page.locator("main")).not_to_contain_text("bob")
    page.goto(url)
    expect(page.locator("body")).to_contain_text("bob")
    site.manage("record_presence")
    page.get_by_role("button").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_tasks(project, page: Page):
    site, url = project("tasks")
    page.goto(url)
    page.get_by_role("button", name="Export the room").click()
    expect(page.get_by_text("Status: Ready")).to_be_visible()
    site.start("manage.py", "runworker")
    expect(page.locator("progress")).to_be_visible(timeout=TIMEOUT_MS)
    expect(page.get_by_text("Result: exports/3.html")).to_be_visible(timeout=3 * TIMEOUT_MS)
    assert page.goto(f"{url}/result/nothing/").status == 404
