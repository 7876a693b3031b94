"""Pages in Chromium, each user in a browser context of their own."""

import os
import uuid

import pytest

from chat.services import editing, memberships, posting, rooms
from chat.services.favourites import set_favourite
from tests.browser.page_actions import connected
from tests.chromium import TIMEOUT_MS
from tests.site import Site, session_of

# Playwright's sync API runs a loop in this thread, in which Django refuses to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def shared_site(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), Site() as site:
        yield site


@pytest.fixture
def url(shared_site, transactional_db):
    return shared_site.url


@pytest.fixture
def site_url(url):
    """The site's address with a host name: passkeys belong to names, never to IP addresses."""
    return url.replace("127.0.0.1", "localhost")


@pytest.fixture
def garden(alice, bob):
    """A public room that bob owns. alice is a member."""
    room = rooms.create(bob, "Garden")
    memberships.join(alice, room.pk)
    return room


@pytest.fixture
def room_with_messages(general, alice, bob):
    first = posting.post(
        bob, general.pk, uuid.uuid4(), "See `code` and https://example.org"
    ).message
    posting.post(bob, general.pk, uuid.uuid4(), "@alice, look\n\n> quoted\n\n```\nblock\n```")
    reply = posting.post(alice, general.pk, uuid.uuid4(), "I looked", first.pk).message
    editing.react(bob, reply.pk, "🎉", True)
    editing.react(alice, reply.pk, "👍", True)
    editing.delete(bob, posting.post(bob, general.pk, uuid.uuid4(), "gone").message.pk)
    rooms.direct(alice, [bob.pk])
    rooms.create(bob, "Open to all")
    garden = rooms.create(bob, "Garden")
    memberships.join(alice, garden.pk)
    posting.post(bob, garden.pk, uuid.uuid4(), "unread")
    return general


@pytest.fixture
def orchard(alice, bob):
    """Rooms of which alice is a member, by their names, which are in alphabetical order."""
    found = {name: rooms.create(bob, name) for name in ("Apple", "Berry", "Cherry", "Damson")}
    for room in found.values():
        memberships.join(alice, room.pk)
    return found


@pytest.fixture
def favourites(alice, orchard):
    """The rooms of the orchard, which alice has marked as favourites in their order."""
    for room in orchard.values():
        set_favourite(alice, room.pk, True)
    return orchard


@pytest.fixture
def many(alice, favourites):
    """30 more favourites of alice."""
    for number in range(30):
        set_favourite(alice, rooms.create(alice, f"Room {number:02}").pk, True)


@pytest.fixture
def open_page(url, alice, general, favourites, visit):
    """open_page(**options of the context) returns alice's page of General, connected."""

    def open_page(**options):
        return connected(visit(alice, f"{url}/rooms/{general.pk}/", **options))

    return open_page


@pytest.fixture
def visit(chromium):
    """visit(user, address, **options of the context) returns a page. `script` runs before those of
    the page. The test fails if a script on it fails or if something violates the content security
    policy."""
    contexts, faults = [], []

    def visit(user, address, script="", **options):
        context = chromium.new_context(**options)
        context.add_init_script(script)
        contexts.append(context)
        if user is not None:
            sign_in(context, user, address)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if is_fault(line) else None)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not faults


def sign_in(context, user, address):
    site = "/".join(address.split("/")[:3])
    context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": site}])


def is_fault(line) -> bool:
    return line.type == "error" and "Content Security Policy" in line.text


class Fetched(list):
    """The ids of the rooms that a page has fetched, in order."""

    def watch(self, page):
        page.on("requestfinished", self.note)
        return page

    def note(self, request):
        if "chat-screen" in request.headers:
            self.append(int(request.url.split("/")[-2]))


@pytest.fixture
def fetched():
    return Fetched()
