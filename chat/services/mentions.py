"""Whom messages name, as rows: what is unread is counted by them."""

from collections.abc import Iterable

from chat.models import Mention, Message


def insert(messages: Iterable[Message]) -> None:
    """For new messages. Within the transaction that writes them."""
    rows = [row for message in messages for row in rows_of(message)]
    if rows:
        Mention.objects.bulk_create(rows)


def update(message: Message) -> None:
    """After an edit or a deletion. Within its transaction."""
    old = Mention.objects.filter(message=message)
    kept = set(old.filter(user__in=message.mentions).values_list("user", flat=True))
    old.exclude(user__in=kept).delete()
    Mention.objects.bulk_create([row for row in rows_of(message) if row.user_id not in kept])


def rows_of(message: Message) -> list[Mention]:
    """Nobody is told that they named themselves."""
    return [
        Mention(user_id=user_id, room_id=message.room_id, message=message, seq=message.seq)
        for user_id in message.mentions
        if user_id != message.author_id
    ]
