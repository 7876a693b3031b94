"""Memberships of rooms, and how far each member has read."""

from typing import Any

from chat import database, users
from chat.events import events
from chat.exceptions import Archived, Forbidden
from chat.models import Membership, Message, Room
from chat.services import people, permissions, room_list, rooms

NEW_MAX = 10


def join(user, room_id: int) -> Room:
    room = rooms.get(user, room_id)
    add(room, user)
    return room


def join_defaults(user) -> None:
    """Adds a new user to every default room."""
    defaults = Room.objects.writable().filter(is_default=True, kind=Room.Kind.PUBLIC)
    Membership.objects.bulk_create(
        [Membership(room=room, user=user, **fully_read_cursor(room)) for room in defaults],
        ignore_conflicts=True,
    )


def leave(user, room_id: int) -> None:
    """Ends the user's membership. Raises Forbidden if there is none, or if it is of a direct
    conversation, whose members are fixed."""
    membership = Membership.objects.filter(user=user, room_id=room_id).exclude(
        room__kind=Room.Kind.DIRECT
    )
    end(membership.select_related("room").first())


def invite(user, room_id: int, username: str) -> Membership:
    """Adds a user to a room. Any member may do so. Raises Room.DoesNotExist, Invalid or
    Archived."""
    room = Room.objects.with_member(user).exclude(kind=Room.Kind.DIRECT).get(pk=room_id)
    return add(room, people.find(username), by=user)


def add(room: Room, person, by=None) -> Membership:
    """Adds a member, who starts with everything marked as read. `by` is the user who adds
    them, if it is somebody else: the room is new until they open it. Raises Archived."""
    if room.is_archived:
        raise Archived
    membership, created = Membership.objects.get_or_create(
        room=room, user=person, defaults={**fully_read_cursor(room), "added_by": by}
    )
    if created:
        events.joined(room, [person.pk], by)
    return membership


def remove(user, room_id: int, user_id: Any) -> None:
    room = rooms.get_manageable(user, room_id, permissions.REMOVE_MEMBERS)
    membership = Membership.objects.filter(room=room, user_id=user_id, is_owner=False)
    end(membership.select_related("room").first())


def end(membership: Membership | None) -> None:
    if membership is None:
        raise Forbidden
    with database.atomic():
        membership.delete()
        if membership.is_owner:
            ensure_owner(membership.room)
    events.left(membership.room, membership.user_id)


def ensure_owner(room: Room) -> None:
    """Makes the oldest member the owner if the room has no owner."""
    members = Membership.objects.filter(room=room)
    if not members.filter(is_owner=True).exists() and (successor := members.order_by("pk").first()):
        members.filter(pk=successor.pk).update(is_owner=True)
        events.listed(room, successor.user_id)


def fully_read_cursor(room: Room) -> dict[str, int]:
    """Returns the membership fields that mark everything as read."""
    return {"last_read_seq": room.head, "last_read_post": room.post_count}


def new(user) -> list[Membership]:
    """Returns the memberships of rooms that others added the user to, and that the user has not
    opened, the latest first."""
    found = Membership.objects.filter(user=user, added_by__isnull=False, room__archived_at=None)
    return list(found.select_related("room", "added_by").order_by("-joined_at")[:NEW_MAX])


def mark_opened(user, room: Room) -> None:
    """Records that the user has opened a room that somebody added them to."""
    unopened = Membership.objects.filter(user=user, room=room, added_by__isnull=False)
    if unopened.exists() and unopened.update(added_by=None):  # a write would wait for others
        events.listed(room, user.pk)


def mark_read(user, room_id: int, seq: int) -> int:
    """Moves the read cursor forward to `seq`, never back, and returns its position. Raises
    Forbidden if the user is not an active member."""
    membership = (
        Membership.objects.select_related("room")
        .filter(user__in=users.active().filter(pk=user.pk), room_id=room_id)
        .first()
    )
    if membership is None:
        raise Forbidden
    room, cursor = membership.room, read_cursor_at(membership.room, seq)
    seq = cursor["last_read_seq"]
    earlier = Membership.objects.filter(pk=membership.pk, last_read_seq__lt=seq)
    if earlier.update(**cursor):
        events.read(user.pk, counts_after(user, room, seq))
    return max(seq, membership.last_read_seq)


def read_cursor_at(room: Room, seq: int) -> dict[str, int]:
    """Returns the membership fields that mark everything up to `seq` as read. The end of the room,
    which is the usual case, needs no query."""
    if seq >= room.head:
        return fully_read_cursor(room)
    read = Message.objects.filter(room=room, seq__lte=seq).order_by("-seq")
    number = read.values_list("post_number", flat=True).first()
    return {"last_read_seq": seq, "last_read_post": number or 0}


def counts_after(user, room: Room, seq: int) -> dict[str, int]:
    """Returns the counts of a room that was just read up to `seq`, as `room_list.counts` does. The
    end of the room, which is the usual case, needs no query."""
    if seq < room.head:
        return room_list.counts(user, room.pk)
    return {"room": room.pk, "head": room.head, "read": seq, "unread": 0, "mentions": 0}
