"""Posts: what users send, before it is written as messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models.functions import Lower
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat import users
from chat.exceptions import Invalid, TooLong
from chat.models import BODY_MAX_CHARACTERS, Message
from chat.rendering import markdown

TOO_LONG = format_lazy(
    _("A message can have at most {count} characters. Shorten it."),
    count=f"{BODY_MAX_CHARACTERS:,}",
)


@dataclass(slots=True)
class Post:
    user: Any
    room_id: int
    client_id: UUID
    body: str
    reply_to: int | None = None
    parts: Sequence[dict[str, Any]] = ()
    html: str | None = None  # None until it is rendered

    def render_if_plain(self) -> bool:
        """Renders a body without markup, which is quick. Returns whether the post is rendered."""
        if self.html is None and markdown.is_plain(self.body):
            self.html = markdown.render_plain(self.body)
        return self.html is not None

    @property
    def size(self) -> int:
        """Returns the size of body and HTML in characters, to limit batches."""
        return len(self.body) + len(self.html or "")

    @property
    def key(self) -> tuple[Any, UUID]:
        return self.user.pk, self.client_id


@dataclass(frozen=True, slots=True)
class PostResult:
    """The result of a post. `created` is false if it was already in the database."""

    message: Message
    created: bool


def clean_body(body: str) -> str:
    """Returns the body without line breaks around it. Raises Invalid or TooLong."""
    body = body.replace("\r\n", "\n").strip("\n").rstrip()
    if len(body) > BODY_MAX_CHARACTERS:
        raise TooLong(TOO_LONG)
    if "\x00" in body or (not body.isascii() and any("\ud800" <= c <= "\udfff" for c in body)):
        raise Invalid(_("The message contains invalid characters. Remove them."))
    if not markdown.has_visible_text(body):
        raise Invalid(_("Write something first."))
    return body


def render(posts: list[Post], people: dict[str, int] | None = None) -> None:
    """Renders the bodies that are not rendered yet. It is slow, so do not call it within a
    transaction. `people` is the result of `mentionable_ids` for these bodies."""
    unrendered = [post for post in posts if not post.render_if_plain()]
    if people is None:
        people = mentionable_ids([post.body for post in unrendered])
    for post in unrendered:
        post.html = markdown.render(post.body, people)


def render_body(body: str) -> str:
    return markdown.render(body, mentionable_ids([body]))


def mentionable_ids(bodies: list[str]) -> dict[str, int]:
    """Returns {lower-case username: id} of all users that the bodies may mention."""
    names = set().union(*map(markdown.mentioned_names, bodies))
    if not names:
        return {}
    username = users.username_field()
    everybody = get_user_model()._default_manager
    found = everybody.alias(lower=Lower(username)).filter(lower__in=names)
    return {name.lower(): pk for name, pk in found.values_list(username, "pk")}
