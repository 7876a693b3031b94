"""Renders a page of messages with the lines between them: days, and the first unread message.

The browser draws days and groups again, in the reader's time zone.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext

from chat.events import seen_changes
from chat.models import Message, Room
from chat.rendering import addresses, message_html
from chat.rendering.addresses import Mount
from chat.rendering.bidi import isolate
from chat.rendering.message_html import Words, row, shown_name
from chat.services import history, lost_changes

GROUP_MINUTES = 5
CACHED_ROOMS_MAX = 300
CACHE_SECONDS = 60  # cached rows may show an old name for this long
DAY = '<p class="day"><time datetime="{}">{}</time></p>\n'
FOLD = '<p class="fold">{}</p>\n'
FOLDED = 'class="message folded'
UNREAD = '<p class="unread-line" id="unread"><span>{}</span></p>'


@dataclass(frozen=True, slots=True)
class Timeline:
    """A rendered page. `posts` has the seq, the author's id and `deleted` of each message, `rows`
    their HTML, oldest first."""

    posts: tuple[tuple[int, Any, bool], ...]
    rows: tuple[str, ...]
    older: bool
    newer: bool

    @property
    def first(self) -> int:
        return self.posts[0][0] if self.posts else 0

    @property
    def last(self) -> int:
        return self.posts[-1][0] if self.posts else 0

    def html(self, unread: int | None = None) -> SafeString:
        """Returns the HTML, with the line "New" above the message with the seq `unread`."""
        rows = self.rows if unread is None else self._with_line(unread)
        return mark_safe("\n".join(rows))  # noqa: S308 - rows are safe

    def _with_line(self, unread: int) -> Iterator[str]:
        for (seq, *_), html in zip(self.posts, self.rows, strict=True):
            if seq == unread:
                yield UNREAD.format(gettext("New"))
                yield html.replace('class="message grouped', 'class="message', 1)
            else:
                yield html

    def begins_after(self, read: int) -> bool:
        """Returns whether messages after `read` may be above the first one shown."""
        return self.older and self.first > read

    def first_unread(self, user, read: int) -> int | None:
        """Returns the seq of the first message of another author after `read` that is not deleted;
        None if it is not shown."""
        if self.begins_after(read):
            return None
        for seq, author, deleted in self.posts:
            if seq > read and author != user.pk and not deleted:
                return seq
        return None


def latest(room: Room) -> Timeline:
    """Returns the latest messages of a room, which most pages show. They are the same for
    everybody, so they are cached until the room's next change."""
    head = seen_changes.head_of(room.pk)
    if room.head < head and lost_changes.skip_ahead_if_lost(room.pk, head):
        room.refresh_from_db(fields=["head"])
    period = seen_changes.rename_count(), int(time.time() // CACHE_SECONDS)
    return cached_latest(room.pk, room.head, period, addresses.current(), get_language())


@lru_cache(maxsize=CACHED_ROOMS_MAX)
def cached_latest(
    room_id: int, head: int, period: tuple[int, int], mount: Mount, language: str | None
) -> Timeline:
    return from_page(history.page(Room(pk=room_id, head=head)))


def from_page(page: history.Page, at: int | None = None) -> Timeline:
    """Renders a page of history. `at` is the seq of the message to show."""
    posts = tuple((post.seq, post.author_id, post.deleted) for post in page.messages)
    return Timeline(posts, tuple(rows(page.messages, at)), page.older, page.newer)


def rows(messages: list[Message], at: int | None = None) -> Iterator[str]:
    above, mount, words = None, addresses.current(), message_html.current_words()
    folds = folded(messages, at, words)
    for message in messages:
        day, html = "", str(row(message, mount, words))
        if above is None or message.created_at.date() != above.created_at.date():
            day = day_line(message.created_at)
        elif grouped(above, message):
            html = html.replace('class="message', 'class="message grouped', 1)
        if message.seq == at:
            # The browser scrolls to the element with the focus, with or without scripts.
            html = html.replace('class="message', 'autofocus class="message target', 1)
        if message.seq in folds:
            html = folds[message.seq] + html.replace('class="message', FOLDED, 1)
        yield day + html
        above = message


def day_line(time: datetime) -> str:
    # Translators: the codes of Django's filter "date", with the words of your language.
    return DAY.format(time.date(), date_format(time, pgettext("date format", "j F Y")))


def folded(messages: list[Message], at: int | None, words: Words) -> dict[int, str]:
    """Returns {seq: HTML} of consecutive deleted messages of one day, which take one line: the line
    for the first message, an empty string for the others. The message `at` is never folded."""
    folds: dict[int, str] = {}
    if any(message.deleted for message in messages):
        for is_deleted, run in groupby(messages, lambda m: foldable(m, at)):
            if is_deleted and len(fold := list(run)) > 1:
                folds |= {message.seq: "" for message in fold}
                folds[fold[0].seq] = fold_line(fold, words)
    return folds


def foldable(message: Message, at: int | None) -> object:
    """Returns a value that is equal for messages in one fold, and false for others."""
    return message.deleted and message.seq != at and message.created_at.date()


def fold_line(fold: list[Message], words: Words) -> str:
    shown = (shown_name(message.shown_author, words) for message in fold)
    names = [escape(isolate(name)) for name in dict.fromkeys(shown)]
    return FOLD.format(fold_text(len(names)).format(*names, count=len(fold), people=len(names)))


def fold_text(people: int) -> str:
    if people > 2:
        return gettext("{count} messages by {people} people deleted")
    if people == 2:
        return gettext("{count} messages by {0} and {1} deleted")
    return gettext("{count} messages by {0} deleted")


def grouped(above: Message, below: Message) -> bool:
    """Returns whether a message continues the group above it, without its own heading."""
    return (
        above.author_id == below.author_id is not None
        and not below.reply_to_id
        and not above.deleted
        and not below.deleted
        and below.created_at - above.created_at < timedelta(minutes=GROUP_MINUTES)
    )
