"""Changes messages: edits, deletions, reactions and parts.

Each change is one transaction under the lock of the room's row. It takes the room's next number as
its version, and is published after commit.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat import database, users
from chat.events import events, receivers
from chat.exceptions import Archived, Forbidden, Invalid
from chat.models import Membership, Message, MessageQuerySet, Room
from chat.rendering import markdown
from chat.rendering.emoji import normalize
from chat.services import lost_changes, mentions, permissions, posts

REACTIONS_MAX = 20  # different emoji on one message
TOO_MANY_REACTIONS = format_lazy(
    _("A message can have at most {count} different reactions. Use one of them."),
    count=REACTIONS_MAX,
)

Parts = list[dict[str, Any]]


def edit(user, message_id: int, body: str, now: datetime | None = None) -> Message:
    """Edits a message for its author. Raises Forbidden, Archived, Invalid or TooLong."""
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
    """Deletes a message for its author, the room's owner or a moderator. Leaves a tombstone.
    Raises Forbidden."""

    def change(message: Message) -> bool:
        if message.author_id != user.pk and not can_moderate(user, message):
            raise Forbidden
        return turn_into_tombstone(message)

    return change_under_lock(Message.objects.visible_to(user), message_id, change)


def force_delete(message_id: int) -> Message:
    """Deletes a message for a moderator in the admin, unless it is in a direct conversation."""
    return change_under_lock(
        Message.objects.exclude(room__kind=Room.Kind.DIRECT), message_id, turn_into_tombstone
    )


def react(user, message_id: int, emoji: str, on: bool) -> Message:
    """Adds or removes the user's reaction. Raises Forbidden, Archived or Invalid."""
    emoji = normalize(emoji)

    def change(message: Message) -> bool:
        if message.deleted:
            raise Forbidden
        if message.room.is_archived:
            raise Archived
        people, own_id = message.reactions.get(emoji, []), users.json_id(user.pk)
        if (own_id in people) == on:
            return False
        if on and not people and len(message.reactions) >= REACTIONS_MAX:
            raise Invalid(TOO_MANY_REACTIONS)
        people = [*people, own_id] if on else [id for id in people if id != own_id]
        message.reactions = {k: v for k, v in {**message.reactions, emoji: people}.items() if v}
        message.affects_counts = False
        return True

    return change_under_lock(Message.objects.visible_to(user), message_id, change)


def change_parts(message_id: int, change: Callable[[Parts], Parts]) -> Message:
    """Changes the parts of a message for a nested app, which checks the permission. `change` gets a
    copy of the parts and returns the new ones. Raises Forbidden if the message is deleted."""

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
    """Runs `change` on one of `messages` under its room's lock. If it returns true, the message is
    saved as the room's next version. Raises Forbidden if there is no such message."""
    with database.atomic():
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
