"""Renders messages as HTML. In frames it is the same for everybody, with English words: the browser
adds what depends on the reader. Pages have the words of their language.

It does not use a template, which takes thirty times as long: each post renders a row, and each page
fifty.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_noop

from chat import users
from chat.models import Message
from chat.names.former_member import FORMER_MEMBER, NAME
from chat.names.handles import handle_of
from chat.rendering import addresses, markdown, parts
from chat.rendering.addresses import Mount
from chat.users import JsonId
from presence.names import display_name

FACES = 72  # twelve hues with six shapes: people.css
PREVIEW_CHARACTERS = 100
SPACE = re.compile(r"\s+")


class Words(NamedTuple):
    """The words in rows. `deleted_by` is a format with the name."""

    bot: str
    edited: str
    deleted: str
    deleted_by: str
    former_member: str


ENGLISH = Words(
    gettext_noop("bot"),
    gettext_noop("edited"),
    gettext_noop("Message deleted"),
    gettext_noop("Message by {name} deleted"),
    NAME,
)


def current_words() -> Words:
    """Returns the words in the language of the page."""
    return words_of(get_language())


@cache
def words_of(language: str | None) -> Words:
    return Words(*map(gettext, ENGLISH))


def row(message: Message, mount: Mount | None = None, words: Words = ENGLISH) -> SafeString:
    """Returns the row of a message. Load its `author`, and `reply_to` with its author, before.
    A page with many rows looks up its `mount` and its `words` once."""
    room_url = (mount or addresses.current()).room
    html = DELETED if message.deleted else WRITTEN
    time = stamp(message.created_at)
    author = message.shown_author
    name = escape(shown_name(author, words))
    return mark_safe(  # noqa: S308 - all user input is escaped or sanitized
        html.format(
            id=message.pk,
            url=room_url(message.room_id),
            seq=message.seq,
            version=message.version,
            author=attribute(author.pk),
            client=message.client_id,
            time=time,
            clock=time[11:16],
            mentions=id_list(message.mentions),
            face=users.face(author.pk, FACES),
            initial=initial_of(name),
            name=name,
            handle=HANDLE.format(escape(handle)) if (handle := handle_of(author)) else "",
            bot=BOT.format(words.bot) if getattr(author, "is_bot", False) else "",
            edited=EDITED.format(words.edited) if message.edited_at else "",
            deleted_by=words.deleted_by.format(name=AUTHOR.format(name)) if message.deleted else "",
            reply=reply(message.reply_to, room_url, words) if message.reply_to_id else "",
            body=message.html,
            parts=parts.html(message) if message.parts else "",
            reactions=reactions(message.reactions) if message.reactions else "",
        )
    )


def initial_of(name: str) -> str:
    return name[:1].upper() if name[:1].isalnum() else "•"


def shown_name(author: Any, words: Words) -> str:
    return words.former_member if author is FORMER_MEMBER else display_name(author)


def reply(message: Message | None, room_url: Callable[[int], str], words: Words) -> str:
    if message is None:
        return ""
    return REPLY.format(
        id=message.pk,
        version=message.version,
        author=attribute(message.author_id),
        deleted=" data-deleted" if message.deleted else "",
        url=room_url(message.room_id),
        seq=message.seq,
        name=escape(shown_name(message.shown_author, words)),
        text=escape(preview(message, PREVIEW_CHARACTERS, words)),
    )


def reactions(people_of: dict[str, list[JsonId]]) -> str:
    items = (
        REACTION.format(emoji=escape(emoji), users=id_list(ids), count=len(ids))
        for emoji, ids in people_of.items()
    )
    return f'<ul class="reactions">{"".join(items)}</ul>'


def attribute(pk: Any) -> str | int:
    """Returns a user id for an attribute; an empty string for a former member."""
    return "" if pk is None else pk if type(pk) is int else escape(str(pk))


def id_list(ids: Iterable[JsonId]) -> str:
    """Returns user ids for an attribute, separated by spaces. The browser decodes each."""
    return " ".join(str(id) if type(id) is int else quote(str(id), safe="") for id in ids)


def preview(message: Message, characters: int, words: Words = ENGLISH) -> str:
    """Returns the beginning of a message as one line of plain text."""
    if message.deleted:
        return words.deleted
    html = message.html or parts.html(message)
    text = SPACE.sub(" ", markdown.text_of(html)).strip()
    return text if len(text) <= characters else text[: characters - 1] + "…"


def stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


HANDLE = '<span class="handle">{}</span> '
BOT = '<span class="tag">{}</span> '
EDITED = '<span class="edited">{}</span>'
AUTHOR = '<bdi class="author">{}</bdi>'
ATTRIBUTES = (
    'id="m{id}" data-id="{id}" data-seq="{seq}" data-version="{version}" data-author="{author}"'
    ' data-client="{client}" data-time="{time}" data-mentions="{mentions}" tabindex="-1"'
)
WRITTEN = (
    f'<article class="message" {ATTRIBUTES}>'
    '<span class="avatar" data-face="{face}" aria-hidden="true">{initial}</span>'
    '<header><bdi class="author">{name}</bdi> {handle}{bot}'
    '<a class="when" href="{url}?at={seq}"><time datetime="{time}">{clock}</time></a>'
    '{edited}</header>{reply}<div class="body" dir="auto">{body}</div>{parts}{reactions}</article>'
)
DELETED = (
    f'<article class="message deleted" {ATTRIBUTES}><p class="body">{{deleted_by}}</p></article>'
)
REPLY = (
    '<a class="reply" dir="auto" data-reply="{id}" data-version="{version}" data-author="{author}"'
    '{deleted} href="{url}?at={seq}"><b dir="auto">{name}</b> {text}</a>'
)
REACTION = (
    '<li><button type="button" class="reaction" data-emoji="{emoji}" data-users="{users}">'
    "{emoji} <span>{count}</span></button></li>"
)
