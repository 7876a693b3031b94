"""Creates, finds and renames rooms. The query is the authorization: no row means no access."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat import database, users
from chat.events import events
from chat.exceptions import Forbidden, Invalid
from chat.models import DIRECT_KEY_MAX_CHARACTERS, Membership, Room
from chat.services import permissions

DIRECT_MAX_PEOPLE = 12
DIRECT_SIZE = format_lazy(
    _(
        "A direct conversation must have 2 to {count} people."
        " For more people, create a private room."
    ),
    count=DIRECT_MAX_PEOPLE,
)
messages_of = lazy(lambda error: " ".join(error.messages), str)  # of a ValidationError


def create(user, name: str, private: bool = False, topic: str = "") -> Room:
    """Creates a room with `user` as its owner. Raises Invalid if the name is empty, too long, or
    looks like that of another public room."""
    kind = Room.Kind.PRIVATE if private else Room.Kind.PUBLIC
    room = Room(kind=kind, name=name, topic=topic, created_by=user)
    with database.atomic():
        save(room)
        Membership.objects.create(room=room, user=user, is_owner=True)
    events.joined(room, [user.pk])
    return room


def rename(user, room_id: int, name: str, topic: str = "") -> Room:
    """Renames a room, or a group conversation, whose members may all do so. Raises Forbidden or
    Invalid."""
    room = find_group(user, room_id) or get_manageable(user, room_id, permissions.RENAME_ROOMS)
    room.name, room.topic = name, topic
    save(room, fields=["name", "folded_name", "topic"])
    events.renamed(room)
    return room


def direct(user, user_ids: Iterable[Any]) -> Room:
    """Returns the direct conversation of `user` with these users, and creates it if necessary.
    Raises Invalid or Forbidden."""
    ids = sorted({user.pk, *user_ids})
    if not 2 <= len(ids) <= DIRECT_MAX_PEOPLE:
        raise Invalid(DIRECT_SIZE)
    if users.active().filter(pk__in=ids).count() != len(ids):
        raise Forbidden(_("No such user."))
    key = users.join_ids(ids)
    if len(key) > DIRECT_KEY_MAX_CHARACTERS:
        raise Invalid(_("The ids of these users are too long for a direct conversation."))
    with database.atomic():
        room, created = Room.objects.get_or_create(
            direct_key=key, defaults={"kind": Room.Kind.DIRECT, "created_by": user}
        )
        if created:
            Membership.objects.bulk_create([Membership(room=room, user_id=pk) for pk in ids])
    if created:
        events.joined(room, ids)
    return room


def add_people(user, room_id: int, user_ids: Iterable[Any]) -> Room:
    """Returns the direct conversation of everybody in another one and of these users. The other one
    remains: new people cannot read what was written there. Raises Room.DoesNotExist, Invalid or
    Forbidden."""
    room = Room.objects.with_member(user).get(pk=room_id, kind=Room.Kind.DIRECT)
    present = users.split_ids(room.direct_key or "")
    if present.issuperset(user_ids):
        raise Invalid(_("These people are already in the conversation."))
    active = users.active().filter(pk__in=present).values_list("pk", flat=True)
    return direct(user, {*active, *user_ids})


def get(user, room_id: int) -> Room:
    """Returns a room. Raises Room.DoesNotExist if `user` cannot see it."""
    return Room.objects.visible_to(user).get(pk=room_id)


def check_visible(user, room_id: int) -> None:
    """Raises Forbidden if `user` cannot see the room."""
    if not Room.objects.visible_to(user).filter(pk=room_id).exists():
        raise Forbidden


def find_group(user, room_id: int) -> Room | None:
    """Returns the group conversation, or None if `user` is not in one of this id."""
    room = Room.objects.visible_to(user).filter(pk=room_id, kind=Room.Kind.DIRECT).first()
    return room if room is not None and room.is_group else None


def get_manageable(user, room_id: int, permission: str) -> Room:
    """Returns a room for its owner, or for a member with the permission. Raises Forbidden for
    anybody else."""
    query = Membership.objects.select_related("room").filter(user=user, room_id=room_id)
    membership = query.exclude(room__kind=Room.Kind.DIRECT).first()
    if membership is None:
        raise Forbidden
    if not (membership.is_owner or permissions.can_moderate(user, membership.room, permission)):
        raise Forbidden
    return membership.room


def save(room: Room, fields: list[str] | None = None) -> None:
    check(room)
    try:
        room.save(update_fields=fields)
    except ValidationError as error:  # another room took the name at the same moment
        raise Invalid(messages_of(error)) from error


def check(room: Room) -> None:
    """Normalizes name and topic. Raises Invalid if the room cannot have them."""
    try:
        room.full_clean(exclude=["created_by"])
    except ValidationError as error:
        field = "topic" if set(error.message_dict) == {"topic"} else "name"
        raise Invalid(messages_of(error), field) from error
    if not room.name and not room.is_group:
        raise Invalid(_("Enter a name for the room."))
