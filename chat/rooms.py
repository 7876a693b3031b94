"""What people do with rooms. Who may do it is in the query: no row, no room."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from chat import events, people, permissions
from chat.exceptions import Archived, Forbidden, Invalid
from chat.former_member import NAME
from chat.handles import handle
from chat.ids import is_id
from chat.models import Membership, Room

DIRECT_MAX_PEOPLE = 12
UNREAD_MAX = 100

# How many of the latest UNREAD_MAX messages after the read cursor are others', plus MENTION for
# each that names this person: one look at no more of them bounds its cost. Every database has a
# list of ids as text, "[3, 9]".
MENTION = 1000
UNREAD = """(SELECT COUNT(*) + %s * COUNT(CASE WHEN
REPLACE(REPLACE(REPLACE(CAST(latest.mentions AS TEXT), ' ', ''), '[', ','), ']', ',')
LIKE '%%,' || mine.user_id || ',%%' THEN 1 END)
FROM (SELECT author_id, deleted, mentions FROM chat_message AS said
WHERE said.room_id = mine.room_id AND said.seq > mine.read
ORDER BY said.seq DESC LIMIT %s) AS latest
WHERE NOT latest.deleted AND COALESCE(latest.author_id, 0) <> mine.user_id)"""
# On the path of every page and socket: to put this together takes the ORM ten times as long as
# the database takes to answer it.
CARDS = f"""SELECT CASE WHEN mine.read < room.head THEN {UNREAD} ELSE 0 END,
room.id, room.kind, room.name, room.topic, room.head,
mine.read, mine.draft, mine.is_owner, room.archived_at IS NOT NULL, room.direct_key,
mine.draft_at, mine.draft_reply_seq
FROM chat_membership AS mine JOIN chat_room AS room ON room.id = mine.room_id
WHERE mine.user_id = %s"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    username: str
    name: str

    @property
    def handle(self) -> str:
        return handle(self.username, self.name)


@dataclass(slots=True)
class RoomCard:
    """A room as its member sees it in a list. A direct room is named after the others in it.
    `mentions`: how many of the unread messages name this member."""

    id: int
    kind: str
    name: str
    topic: str
    head: int
    read: int
    draft: str
    is_owner: bool
    is_archived: bool = False
    direct_key: str | None = None
    draft_at: int = 0
    draft_reply_seq: int | None = None
    unread: int = 0
    mentions: int = 0
    people: list[Person] = field(default_factory=list)

    @property
    def handles(self) -> str:
        """Of a direct conversation."""
        return ", ".join(person.handle for person in self.people if person.handle)


def create(user, name: str, private: bool = False, topic: str = "") -> Room:
    """Raises Invalid where the name is blank, too long, or that of another public room."""
    kind = Room.Kind.PRIVATE if private else Room.Kind.PUBLIC
    room = Room(kind=kind, name=name, topic=topic, created_by=user)
    with transaction.atomic():
        save(room)
        Membership.objects.create(room=room, user=user, is_owner=True)
    events.joined(room, [user.pk])
    return room


def rename(user, room_id: int, name: str, topic: str = "") -> Room:
    room = owned(user, room_id, permissions.RENAME_ROOMS)
    room.name, room.topic = name, topic
    save(room, fields=["name", "folded_name", "topic"])
    events.renamed(room)
    return room


def direct(user, user_ids: Iterable[int]) -> Room:
    """The one conversation of these people and `user`, made if there is none yet."""
    ids = sorted({user.pk, *user_ids})
    if not 2 <= len(ids) <= DIRECT_MAX_PEOPLE:
        raise Invalid(f"A direct conversation has 2 to {DIRECT_MAX_PEOPLE} people.")
    if not all(map(is_id, ids)):
        raise Forbidden("There is no such person.")
    people = get_user_model().objects.filter(pk__in=ids, is_active=True).count()
    if people != len(ids):
        raise Forbidden("There is no such person.")
    key = ":".join(map(str, ids))
    with transaction.atomic():
        room, made = Room.objects.get_or_create(
            direct_key=key, defaults={"kind": Room.Kind.DIRECT, "created_by": user}
        )
        if made:
            Membership.objects.bulk_create([Membership(room=room, user_id=pk) for pk in ids])
    if made:
        events.joined(room, ids)
    return room


def join(user, room_id: int) -> Room:
    room = get(user, room_id)
    add(room, user)
    return room


def join_defaults(user) -> None:
    """Somebody new: a member of every default room."""
    rooms = list(Room.objects.writable().filter(is_default=True, kind=Room.Kind.PUBLIC))
    Membership.objects.bulk_create(
        [Membership(room=room, user=user, read=room.head) for room in rooms],
        ignore_conflicts=True,
    )


def leave(user, room_id: int) -> None:
    """A direct conversation is not left: it has a fixed set of people."""
    membership = Membership.objects.filter(user=user, room_id=room_id).exclude(
        room__kind=Room.Kind.DIRECT
    )
    end_membership(membership.select_related("room").first())


def invite(user, room_id: int, username: str) -> Membership:
    """Any member may bring somebody in."""
    room = Room.objects.of(user).exclude(kind=Room.Kind.DIRECT).get(pk=room_id)
    return add(room, people.find(username))


def add(room: Room, person) -> Membership:
    """New members start with everything marked as read. Raises Archived."""
    if room.is_archived:
        raise Archived
    membership, made = Membership.objects.get_or_create(
        room=room, user=person, defaults={"read": room.head}
    )
    if made:
        events.joined(room, [person.pk])
    return membership


def remove(user, room_id: int, user_id: int) -> None:
    room = owned(user, room_id, permissions.REMOVE_MEMBERS)
    membership = Membership.objects.filter(room=room, user_id=user_id, is_owner=False)
    end_membership(membership.select_related("room").first())


def end_membership(membership: Membership | None) -> None:
    if membership is None:
        raise Forbidden
    with transaction.atomic():
        membership.delete()
        if membership.is_owner:
            hand_over(membership.room)
    events.left(membership.room, membership.user_id)


def hand_over(room: Room) -> None:
    """A room without an owner gets its longest-standing member."""
    members = Membership.objects.filter(room=room)
    if not members.filter(is_owner=True).exists() and (heir := members.order_by("pk").first()):
        members.filter(pk=heir.pk).update(is_owner=True)


def get(user, room_id: int) -> Room:
    """Raises Room.DoesNotExist where `user` may not see it."""
    return Room.objects.visible_to(user).get(pk=room_id)


def check_visible(user, room_id: int) -> None:
    """Raises Forbidden."""
    if not Room.objects.visible_to(user).filter(pk=room_id).exists():
        raise Forbidden


def owned(user, room_id: int, permission: str) -> Room:
    """A room that `user` decides on: its owner, or a member with the permission."""
    query = Membership.objects.select_related("room").filter(user=user, room_id=room_id)
    membership = query.exclude(room__kind=Room.Kind.DIRECT).first()
    if membership is None:
        raise Forbidden
    if not (membership.is_owner or permissions.moderates(user, membership.room, permission)):
        raise Forbidden
    return membership.room


def mark_read(user, room_id: int, seq: int) -> int:
    """Moves the read cursor forward to `seq`, never back, and answers where it stands."""
    membership = (
        Membership.objects.select_related("room")
        .filter(user=user, room_id=room_id, user__is_active=True)
        .first()
    )
    if membership is None:
        raise Forbidden
    seq = min(seq, membership.room.head)
    moved = Membership.objects.filter(pk=membership.pk, read__lt=seq).update(read=seq)
    if moved:
        events.read(user.pk, counts_after(user, membership.room, seq))
    return max(seq, membership.read)


def counts_after(user, room: Room, seq: int) -> dict[str, int]:
    """As `counts`, of a room that was just read up to `seq`: usually its end, without a query."""
    if seq < room.head:
        return counts(user, room.pk)
    return {"room": room.pk, "head": room.head, "read": seq, "unread": 0, "mentions": 0}


def counts(user, room_id: int) -> dict[str, int]:
    """What is unread in a room of this person: `unread` and `mentions`, counted when the room's
    latest change was `head` and the read cursor was at `read`. Raises Forbidden."""
    cards = cards_of(user, room_id)
    if not cards:
        raise Forbidden
    return {"room": room_id, "head": cards[0].head, "read": cards[0].read, **unread_of(cards[0])}


def unread_of(card: RoomCard) -> dict[str, int]:
    return {"unread": card.unread, "mentions": card.mentions}


def sidebar(user) -> list[RoomCard]:
    """The rooms of a person, by name, in two queries."""
    cards = cards_of(user)
    people = people_of({card.direct_key for card in cards if card.direct_key})
    for card in cards:
        if card.direct_key:
            others = direct_ids(card.direct_key) - {user.pk}
            card.people = [people.get(pk) or Person(pk, "", NAME) for pk in sorted(others)]
            card.name = ", ".join(person.name for person in card.people)
    return sorted(cards, key=lambda card: card.name.casefold())


def described_for(user) -> list[dict[str, Any]]:
    """The rooms of a person as `hello` has them, in one query. `as_of`: the head at which unread
    messages were counted; `head` becomes that which this process has passed on."""
    return [
        {
            **events.described(card),
            "read": card.read,
            **unread_of(card),
            "as_of": card.head,
            "draft_at": card.draft_at,
        }
        for card in cards_of(user)
    ]


def cards_of(user, room_id: int | None = None) -> list[RoomCard]:
    """All, or only that of one room."""
    query, values = CARDS, [MENTION, UNREAD_MAX, user.pk]
    if room_id is not None:
        query, values = f"{CARDS} AND mine.room_id = %s", [*values, room_id]
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [with_news(RoomCard(*columns), news) for news, *columns in cursor.fetchall()]


def with_news(card: RoomCard, news: int) -> RoomCard:
    card.mentions, card.unread = divmod(news, MENTION)
    card.is_owner, card.is_archived = (
        bool(card.is_owner),
        bool(card.is_archived),
    )  # SQLite's are 0, 1
    return card


def people_of(direct_keys: Iterable[str]) -> dict[int, Person]:
    ids = set().union(*map(direct_ids, direct_keys))
    if not ids:
        return {}
    users = get_user_model().objects.filter(pk__in=ids)
    return {user.pk: Person(user.pk, user.get_username(), user.get_full_name()) for user in users}


def direct_ids(key: str) -> set[int]:
    return set(map(int, key.split(":")))


def save(room: Room, fields: list[str] | None = None) -> None:
    check(room)
    try:
        room.save(update_fields=fields)
    except ValidationError as error:  # two at once
        raise Invalid(" ".join(error.messages)) from error


def check(room: Room) -> None:
    """Normalizes name and topic. Raises Invalid where the room cannot have them."""
    try:
        room.full_clean(exclude=["created_by"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    if not room.name:
        raise Invalid("A room needs a name.")
