"""Changing messages, told to everybody after commit: posts of one moment in one transaction where
this process has the sockets too, all else in one each.

Every change takes the room's next number, under the lock of the room's row.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from chat import emojis, events, lost_changes, markdown, permissions, posts, publisher
from chat.exceptions import Archived, ChatError, Forbidden, Invalid
from chat.models import Membership, Message, MessageQuerySet, Room

REACTIONS_MAX = 20  # different emoji on one message


def post(
    user, room_id: int, client_id: UUID, body: str, reply_to: int | None = None
) -> posts.Written:
    """Raises a ChatError. The same client_id again gives the first message again."""
    new = posts.Post(user, room_id, client_id, posts.clean_body(body), reply_to)
    # A transaction of the caller's would keep the batch waiting, and the caller with it.
    if publisher.hub is not None and not connection.in_atomic_block:
        posts.render([new])  # in this thread, so that the loop's do not wait
        return publisher.hub.batcher.post(new)
    result = posts.write([new])[0]
    if isinstance(result, ChatError):
        raise result
    return result


def edit(user, message_id: int, body: str, now: datetime | None = None) -> Message:
    """Its author's alone."""
    body = posts.clean_body(body)
    html = posts.rendered(body)  # before the room's lock

    def change(message: Message) -> bool:
        if message.author_id != user.pk or message.deleted:
            raise Forbidden
        if message.room.is_archived:
            raise Archived
        if message.body == body:
            return False
        message.body, message.html, message.edited_at = body, html, now or timezone.now()
        message.mentions = markdown.mentioned_ids(html)
        return True

    return apply(Message.objects.visible_to(user), message_id, change)


def delete(user, message_id: int) -> Message:
    """By its author, the room's owner or a moderator. What remains is a tombstone."""

    def change(message: Message) -> bool:
        if message.author_id != user.pk and not moderates(user, message):
            raise Forbidden
        return entomb(message)

    return apply(Message.objects.visible_to(user), message_id, change)


def moderate(message_id: int) -> Message:
    """Deletes a message of any room but a direct one, for those who may in the admin."""
    return apply(Message.objects.exclude(room__kind=Room.Kind.DIRECT), message_id, entomb)


def react(user, message_id: int, emoji: str, on: bool) -> Message:
    """Adds or takes back this person's reaction."""
    emoji = emojis.normalize(emoji)

    def change(message: Message) -> bool:
        if message.deleted:
            raise Forbidden
        if message.room.is_archived:
            raise Archived
        users = message.reactions.get(emoji, [])
        if (user.pk in users) == on:
            return False
        if on and not users and len(message.reactions) >= REACTIONS_MAX:
            raise Invalid(f"A message has at most {REACTIONS_MAX} different reactions.")
        users = [*users, user.pk] if on else [pk for pk in users if pk != user.pk]
        message.reactions = {k: v for k, v in {**message.reactions, emoji: users}.items() if v}
        message.affects_counts = False
        return True

    return apply(Message.objects.visible_to(user), message_id, change)


def apply(messages: MessageQuerySet, message_id: int, change: Callable[[Message], bool]) -> Message:
    """Runs `change` on one of the messages under its room's lock; where it answers true, the
    message takes the room's next number."""
    with transaction.atomic():
        found = messages.filter(pk=message_id)
        room = Room.objects.select_for_update().filter(pk__in=found.values("room")).first()
        if room is None:
            raise Forbidden
        message = Message.objects.select_related("author", "reply_to__author").get(pk=message_id)
        message.room = room
        message.is_news = change(message)
        if message.is_news:
            renumber(room, message)
    return message


def renumber(room: Room, message: Message) -> None:
    lost_changes.go_on(room)
    room.head += 1
    message.version = room.head
    message.save()
    room.save(update_fields=["head"])
    events.changed([message])


def entomb(message: Message) -> bool:
    if message.deleted:
        return False
    message.body = message.html = ""
    message.mentions, message.reactions, message.deleted = [], {}, True
    return True


def moderates(user, message: Message) -> bool:
    owns = Membership.objects.filter(user=user, room_id=message.room_id, is_owner=True)
    return owns.exists() or permissions.moderates(user, message.room, permissions.DELETE_MESSAGES)
