"""Who is in a room, and up to where they have read it."""

from django.db import transaction

from chat.events import events
from chat.exceptions import Archived, Forbidden
from chat.models import Membership, Message, Room
from chat.services import people, permissions, room_list, rooms


def join(user, room_id: int) -> Room:
    room = rooms.get(user, room_id)
    add(room, user)
    return room


def join_defaults(user) -> None:
    """Somebody new: a member of every default room."""
    defaults = Room.objects.writable().filter(is_default=True, kind=Room.Kind.PUBLIC)
    Membership.objects.bulk_create(
        [Membership(room=room, user=user, **fully_read_cursor(room)) for room in defaults],
        ignore_conflicts=True,
    )


def leave(user, room_id: int) -> None:
    """A direct conversation is not left: it has a fixed set of people."""
    membership = Membership.objects.filter(user=user, room_id=room_id).exclude(
        room__kind=Room.Kind.DIRECT
    )
    end(membership.select_related("room").first())


def invite(user, room_id: int, username: str) -> Membership:
    """Any member may bring somebody in."""
    room = Room.objects.with_member(user).exclude(kind=Room.Kind.DIRECT).get(pk=room_id)
    return add(room, people.find(username))


def add(room: Room, person) -> Membership:
    """New members start with everything marked as read. Raises Archived."""
    if room.is_archived:
        raise Archived
    membership, created = Membership.objects.get_or_create(
        room=room, user=person, defaults=fully_read_cursor(room)
    )
    if created:
        events.joined(room, [person.pk])
    return membership


def remove(user, room_id: int, user_id: int) -> None:
    room = rooms.get_manageable(user, room_id, permissions.REMOVE_MEMBERS)
    membership = Membership.objects.filter(room=room, user_id=user_id, is_owner=False)
    end(membership.select_related("room").first())


def end(membership: Membership | None) -> None:
    if membership is None:
        raise Forbidden
    with transaction.atomic():
        membership.delete()
        if membership.is_owner:
            ensure_owner(membership.room)
    events.left(membership.room, membership.user_id)


def ensure_owner(room: Room) -> None:
    """A room without an owner gets its longest-standing member."""
    members = Membership.objects.filter(room=room)
    if not members.filter(is_owner=True).exists() and (successor := members.order_by("pk").first()):
        members.filter(pk=successor.pk).update(is_owner=True)


def fully_read_cursor(room: Room) -> dict[str, int]:
    """The fields of a membership that has everything marked as read."""
    return {"last_read_seq": room.head, "last_read_post": room.post_count}


def mark_read(user, room_id: int, seq: int) -> int:
    """Moves the read cursor forward to `seq`, never back, and returns where it stands."""
    membership = (
        Membership.objects.select_related("room")
        .filter(user=user, room_id=room_id, user__is_active=True)
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
    """The fields of a membership that has read up to `seq`: usually the end, without a query."""
    if seq >= room.head:
        return fully_read_cursor(room)
    read = Message.objects.filter(room=room, seq__lte=seq).order_by("-seq")
    number = read.values_list("post_number", flat=True).first()
    return {"last_read_seq": seq, "last_read_post": number or 0}


def counts_after(user, room: Room, seq: int) -> dict[str, int]:
    """As `room_list.counts`, of a room that was just read up to `seq`: usually its end, for which
    there is no query."""
    if seq < room.head:
        return room_list.counts(user, room.pk)
    return {"room": room.pk, "head": room.head, "read": seq, "unread": 0, "mentions": 0}
