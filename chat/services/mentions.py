"""Writes the Mention rows of messages, from which unread mentions are counted."""

from collections.abc import Iterable

from chat import users
from chat.models import Mention, Message


def insert(messages: Iterable[Message]) -> None:
    """Inserts the rows of new messages. Call it within their transaction."""
    rows = [row for message in messages for row in rows_of(message)]
    if rows:
        Mention.objects.bulk_create(rows)


def update(message: Message) -> None:
    """Updates the rows of an edited or deleted message. Call it within its transaction."""
    old = Mention.objects.filter(message=message)
    unchanged = set(old.filter(user__in=message.mentions).values_list("user", flat=True))
    old.exclude(user__in=unchanged).delete()
    Mention.objects.bulk_create([row for row in rows_of(message) if row.user_id not in unchanged])


def rows_of(message: Message) -> list[Mention]:
    """Returns a row for each mentioned user, except the author."""
    mentioned = map(users.to_pk, message.mentions)
    return [
        Mention(user_id=user_id, room_id=message.room_id, message=message, seq=message.seq)
        for user_id in mentioned
        if user_id != message.author_id
    ]
