"""Addresses of pages. `reverse` takes 14 µs, and a page has up to a few hundred links: each address
is made once for the place that the site is mounted at."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse, set_script_prefix
from django.utils.html import escape
from django.utils.safestring import SafeString

SOCKET_PATH = "ws/"  # below the script prefix
MOUNTS_KEPT = 16
ADDRESSES_KEPT = 2_000
ANY_ID = 987654321

_root_path = ""


class Mount:
    """Where the site is: a script prefix and a URLconf."""

    def __init__(self, prefix: str, urlconf: str | None) -> None:
        self.prefix, self.urlconf = prefix, urlconf
        self.socket = prefix + SOCKET_PATH
        self.find = lru_cache(ADDRESSES_KEPT)(self._reverse)
        self.escaped = lru_cache(ADDRESSES_KEPT)(self._escaped)
        self.room = self._room()

    def _reverse(self, name: str, *args: Any) -> str:
        """With the prefix of this mount, whatever this thread has. Raises NoReverseMatch."""
        before = get_script_prefix()
        set_script_prefix(self.prefix)
        try:
            return reverse(name, self.urlconf, args)
        finally:
            set_script_prefix(before)

    def _escaped(self, name: str, *args: Any) -> SafeString:
        """For attributes."""
        return escape(self._reverse(name, *args))

    def _room(self) -> Callable[[int], str]:
        """Returns the address of a room. A process that has no pages gets links to the page that
        they are on."""
        try:
            start, _, end = self._reverse("chat:room", ANY_ID).rpartition(str(ANY_ID))
        except NoReverseMatch:
            return lambda room_id: ""
        return lambda room_id: f"{start}{room_id}{end}"


_mount = lru_cache(MOUNTS_KEPT)(Mount)


def current() -> Mount:
    return _mount(script_prefix(), get_urlconf() or settings.ROOT_URLCONF)


def script_prefix() -> str:
    """That of the request. Without a request, in a worker or for a frame, it is FORCE_SCRIPT_NAME,
    or the root path of the last handshake."""
    prefix = get_script_prefix()
    if prefix != "/":
        return prefix
    forced = settings.FORCE_SCRIPT_NAME
    return (_root_path if forced is None else forced).rstrip("/") + "/"


def remember_root_path(root_path: str) -> None:
    """A server with a root path passes it on with each connection; frames are made between them."""
    global _root_path
    _root_path = root_path
