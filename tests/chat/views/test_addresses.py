"""Every address on a page leads to a page, wherever a project mounts chat."""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.test.utils import override_script_prefix
from django.urls import NoReverseMatch, reverse

from chat.protocol.server_frames import message_frame
from chat.rendering import addresses
from chat.services import rooms
from tests.chat.factories import post_message
from tests.chat.rendering.parsing import Parsed

ROOT = Path(__file__).parents[3]
PREFIX = "/site"
NAMES = ("href", "action", "hx-get")  # and data-…-url
WORKING = {200, 302, 405}  # 405: a form is only posted
PAGES = ["", "?q=bob", "sidebar/", "jump/?q=garden", "people/?q=bob", "rooms/new/", "rooms/{}/"]
PAGES += ["rooms/{}/?at=20", "rooms/{}/members/", "rooms/{}/delete/", "rooms/{}/leave/"]
FOLDERS = ("templates", "chat", "chatsite", "presence", "tasks")
FIXED = {
    ".html": r"(?:href|action|src|hx-\w+|data-[\w-]+)=[\"']/",
    ".js": r"[\"'`]/[\w$]|(?:assign|replace|open|fetch)\([\"'`]/",
    ".py": r"(?:href|action)=[\"']/",
}


@pytest.fixture(params=["a path", "a forced script name", "a script name of the server"])
def site(request, settings, client, alice):
    """`site(address)` is the response for alice on a site with chat under /community/."""
    settings.ROOT_URLCONF = "tests.chat.views.mounted_urls"
    settings.FORCE_SCRIPT_NAME = PREFIX if "forced" in request.param else None
    prefix = "" if request.param == "a path" else PREFIX
    client.force_login(alice)

    def get(address):
        assert address.startswith(f"{prefix}/"), address
        return client.get(address.removeprefix(prefix))

    get.home = f"{prefix}/community/"
    with override_script_prefix(f"{prefix}/" if "server" in request.param else "/"):
        yield get


@pytest.fixture
def talk(alice, bob, charlie, general):
    """A room with a link to earlier messages and a reply, and further entries in all lists."""
    first = post_message(alice, general)
    for _ in range(60):
        post_message(bob, general)
    post_message(alice, general, reply_to=first)
    rooms.direct(alice, [bob.pk])
    rooms.create(charlie, "Garden")
    return general


def test_every_address_on_a_page_works(site, talk):
    found = set()
    for page in (site.home + page.format(talk.pk) for page in PAGES):
        response = site(page)
        assert response.status_code == 200, page
        found |= {urljoin(page, address) for address in addresses_of(response.text)}
    assert len(found) > 30
    for address in found:
        assert works(site, address), address


def addresses_of(html: str) -> set[str]:
    return {
        value
        for _, attributes in Parsed(html).tags
        for name, value in attributes.items()
        if name in NAMES or name.endswith("-url")
    }


def works(site, address: str) -> bool:
    path = urlsplit(address).path
    if path.startswith("/static/"):  # STATIC_URL
        return True
    if path.endswith(addresses.SOCKET_PATH):  # not a page
        return path == addresses.current().socket
    return site(address).status_code in WORKING


def test_addresses_follow_the_site_to_another_place(client, alice, general, settings):
    """The rows of a room are kept from page to page."""
    post_message(alice, general)
    client.force_login(alice)
    here = f'href="/rooms/{general.pk}/?at=1"'
    there = f'href="{PREFIX}/rooms/{general.pk}/?at=1"'
    page = f"/rooms/{general.pk}/"
    assert here in client.get(page).text
    with override_script_prefix(f"{PREFIX}/"):
        assert there in client.get(page).text
    assert here in client.get(page).text
    settings.ROOT_URLCONF = "tests.chat.views.mounted_urls"
    assert f'href="/community/rooms/{general.pk}/?at=1"' in client.get(f"/community{page}").text


def test_a_frame_has_the_address_of_the_page(alice, general, settings):
    settings.FORCE_SCRIPT_NAME = PREFIX
    html = message_frame(post_message(alice, general), html=True)["html"]
    assert f'href="{PREFIX}/rooms/{general.pk}/?at=1"' in html


def test_a_frame_has_the_root_path_of_the_last_handshake(alice, general):
    message = post_message(alice, general)
    addresses.remember_root_path(PREFIX)
    try:
        html = message_frame(message, html=True)["html"]
    finally:
        addresses.remember_root_path("")
    assert f'href="{PREFIX}/rooms/{general.pk}/?at=1"' in html


def test_a_process_without_pages_can_post(alice, general, settings):
    settings.ROOT_URLCONF = "presence.urls"
    html = message_frame(post_message(alice, general), html=True)["html"]
    assert 'href="?at=1"' in html


def test_an_unknown_address_is_an_error(settings):
    with pytest.raises(NoReverseMatch):
        addresses.current().find("chat:nothing")


def test_found_addresses_are_those_of_django(general):
    assert addresses.current().find("chat:room", general.pk) == reverse(
        "chat:room", args=[general.pk]
    )
    assert addresses.current().room(general.pk) == reverse("chat:room", args=[general.pk])


@pytest.mark.parametrize("suffix", FIXED)
def test_no_file_has_an_address_of_its_own(suffix):
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob(f"*{suffix}")]
    assert files
    for path in files:
        assert not re.findall(FIXED[suffix], path.read_text()), path
