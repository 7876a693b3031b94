"""Changing messages that were posted.

Each change is a transaction of its own, under the lock of the room's row; it takes the room's next
number, and is told to everybody after commit.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.events import events, receivers
from chat.exceptions import Archived, Forbidden, Invalid
from chat.models import Membership, Message, MessageQuerySet, Room
from chat.rendering import markdown
from chat.rendering.emoji import normalize
from chat.services import lost_changes, mentions, permissions, posts

REACTIONS_MAX = 20  # different emoji on one message

Parts = list[dict[str, Any]]


def edit(user, message_id: int, body: str, now: datetime | None = None) -> Message:
    """Its author's alone."""
    body = posts.clean_body(body)
    html = posts.render_body(body)  # before the room's lock

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

    return change_under_lock(Message.objects.visible_to(user), message_id, change)


def delete(user, message_id: int) -> Message:
    """By its author, the room's owner or a moderator. What remains is a tombstone."""

    def change(message: Message) -> bool:
        if message.author_id != user.pk and not can_moderate(user, message):
            raise Forbidden
        return turn_into_tombstone(message)

    return change_under_lock(Message.objects.visible_to(user), message_id, change)


def force_delete(message_id: int) -> Message:
    """Deletes a message of any room but a direct one, for those who may in the admin."""
    return change_under_lock(
        Message.objects.exclude(room__kind=Room.Kind.DIRECT), message_id, turn_into_tombstone
    )


def react(user, message_id: int, emoji: str, on: bool) -> Message:
    """Adds or takes back this person's reaction."""
    emoji = normalize(emoji)

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

    return change_under_lock(Message.objects.visible_to(user), message_id, change)


def change_parts(message_id: int, change: Callable[[Parts], Parts]) -> Message:
    """For nested apps, which decide who may: `change` gets the parts as they are and returns them
    as they shall be. Raises Forbidden if the message is gone."""

    def change_message(message: Message) -> bool:
        if message.deleted:
            raise Forbidden
        before, message.parts = message.parts, change(list(message.parts))
        message.affects_counts = False
        return message.parts != before

    return change_under_lock(Message.objects.all(), message_id, change_message)


def change_under_lock(
    messages: MessageQuerySet, message_id: int, change: Callable[[Message], bool]
) -> Message:
    """Runs `change` on one of the messages under its room's lock; where it answers true, the
    message takes the room's next number."""
    with transaction.atomic():
        found = messages.filter(pk=message_id)
        room = Room.objects.select_for_update().filter(pk__in=found.values("room")).first()
        if room is None:
            raise Forbidden
        message = Message.objects.select_related("author", "reply_to__author").get(pk=message_id)
        message.room = room
        message.was_changed = change(message)
        if message.was_changed:
            save_as_next_version(room, message)
    return message


def save_as_next_version(room: Room, message: Message) -> None:
    lost_changes.skip_ahead(room)
    room.head += 1
    message.version = room.head
    message.save()
    if message.affects_counts:
        mentions.update(message)
    room.save(update_fields=["head"])
    events.changed([message])
    receivers.call([message])


def turn_into_tombstone(message: Message) -> bool:
    if message.deleted:
        return False
    message.body = message.html = ""
    message.mentions, message.reactions, message.parts, message.deleted = [], {}, [], True
    return True


def can_moderate(user, message: Message) -> bool:
    owns = Membership.objects.filter(user=user, room_id=message.room_id, is_owner=True)
    return owns.exists() or permissions.can_moderate(
        user, message.room, permissions.DELETE_MESSAGES
    )
