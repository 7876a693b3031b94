"""The identity of the site, as pages and mails show it."""

import logging
import time
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext as _

from chatsite.community import colour
from chatsite.community.models import DEFAULT_ACCENT, ONLY, Community
from chatsite.ops.database_outage import outage

KEPT_SECONDS = 5  # other processes show a change after this time

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """`picture` and `style` are hashes, which are in the addresses of the picture and the
    stylesheet; they are empty if the defaults apply."""

    name: str
    accent: str = DEFAULT_ACCENT
    picture: str = ""
    style: str = ""
    welcome: str = ""
    rules_url: str = ""
    imprint_url: str = ""
    privacy_url: str = ""

    @property
    def links(self) -> list[tuple[str, str]]:
        """Returns the names and addresses of the pages that the owner linked."""
        pages = [
            (_("Rules"), self.rules_url),
            (_("Imprint"), self.imprint_url),
            (_("Privacy"), self.privacy_url),
        ]
        return [(name, url) for name, url in pages if url]


class Cache:
    def __init__(self) -> None:
        self.identity: Identity | None = None
        self.expires_at = 0.0  # of time.monotonic()

    def clear(self) -> None:
        self.expires_at = 0.0


cache = Cache()


def known() -> Identity:
    """Returns the identity that was read last, or the default, without using the database."""
    return cache.identity or Identity(settings.SITE_NAME)


def current(now: float | None = None) -> Identity:
    """Returns the identity, at most KEPT_SECONDS old. While the database is away, returns the last
    one that was read."""
    now = time.monotonic() if now is None else now
    if now < cache.expires_at or outage.is_on:
        return known()
    try:
        cache.identity = identity_of(Community.objects.filter(pk=ONLY).first() or Community())
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The name of the site could not be read: %s", error)
    cache.expires_at = now + KEPT_SECONDS
    return known()


def name() -> str:
    return current().name


def identity_of(community: Community) -> Identity:
    return Identity(
        community.name or settings.SITE_NAME,
        community.accent or DEFAULT_ACCENT,
        hash_of(bytes(community.picture)),
        hash_of(stylesheet_of(community).encode()),
        community.welcome,
        community.rules_url,
        community.imprint_url,
        community.privacy_url,
    )


def stylesheet_of(community: Community) -> str:
    return colour.stylesheet(colour.from_hex(community.accent)) if community.accent else ""


def hash_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:12] if content else ""


@receiver([post_save, post_delete], sender=Community)
def clear(**kwargs) -> None:
    cache.clear()
