"""Writes and reads the Mention rows of messages, from which unread mentions are counted."""

from collections.abc import Iterable

from django.db.models import Q

from chat import users
from chat.models import Mention, Message
from chat.services.room_list import RoomSummary

SHOWN_MAX = 5
ROOMS_MAX = 20


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


def unread(user, rooms: Iterable[RoomSummary]) -> list[Message]:
    """Returns the latest unread messages that mention the user, newest first: at most SHOWN_MAX
    of at most ROOMS_MAX rooms, so that the cost has a bound."""
    mentioning = [room for room in rooms if room.mentions][:ROOMS_MAX]
    if not mentioning:
        return []
    after_cursors = Q()
    for room in mentioning:
        after_cursors |= Q(room=room.id, seq__gt=room.last_read_seq)
    found = Mention.objects.filter(after_cursors, user=user).order_by("-message_id")[:SHOWN_MAX]
    return [mention.message for mention in found.select_related("message__author", "message__room")]


def rows_of(message: Message) -> list[Mention]:
    """Returns a row for each mentioned user, except the author."""
    mentioned = map(users.to_pk, message.mentions)
    return [
        Mention(user_id=user_id, room_id=message.room_id, message=message, seq=message.seq)
        for user_id in mentioned
        if user_id != message.author_id
    ]
