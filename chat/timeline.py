"""A page's messages with what stands between them: days, and where the unread ones begin.

The browser draws the days and groups again, in the reader's own time zone.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from chat.history import Page
from chat.models import Message
from chat.render import row

GROUP_MINUTES = 5
DAY = '<p class="day"><time datetime="{}">{}</time></p>'
UNREAD = '<p class="unread-line" id="unread"><span>New</span></p>'


def html(
    messages: Iterable[Message], unread: int | None = None, at: int | None = None
) -> SafeString:
    """`unread`: the seq of the message above which a line says "New". `at`: the seq to show."""
    return mark_safe("\n".join(parts(messages, unread, at)))  # noqa: S308 - rows are safe


def first_unread(page: Page, user, read: int) -> int | None:
    """The seq of the first message of somebody else's after the read cursor, where it is shown."""
    if page.older and page.messages[0].seq > read:
        return None
    return next((m.seq for m in page.messages if m.seq > read and m.author_id != user.pk), None)


def parts(messages: Iterable[Message], unread: int | None, at: int | None) -> Iterator[str]:
    above = None
    for message in messages:
        if above is None or message.created_at.date() != above.created_at.date():
            yield DAY.format(message.created_at.date(), date_format(message.created_at, "j F Y"))
            above = None
        if message.seq == unread:
            yield UNREAD
            above = None
        html: str = row(message)
        if above and grouped(above, message):
            html = html.replace('class="message', 'class="message grouped', 1)
        if message.seq == at:
            # The browser scrolls to what has the focus, with or without scripts.
            html = html.replace('class="message', 'autofocus class="message target', 1)
        yield html
        above = message


def grouped(above: Message, below: Message) -> bool:
    """Whether a message goes under the one above it, without a heading of its own."""
    return (
        above.author_id == below.author_id
        and not below.reply_to_id
        and not above.deleted
        and not below.deleted
        and below.created_at - above.created_at < timedelta(minutes=GROUP_MINUTES)
    )
