"""Lists the rooms of a user with their unread counts. It has the only hand-written SQL of rooms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

from chat import database, users
from chat.exceptions import Forbidden
from chat.names.former_member import NAME
from chat.names.handles import handle
from chat.protocol import server_frames
from presence.names import display_name

UNREAD_MAX = 100  # the highest count that is shown
DELETED_MAX = 1000  # deleted messages that are counted in each room

# The unread count is derived from numbers, so its cost does not depend on the number of unread
# messages. From the posts after the read cursor it subtracts the deleted and the user's own ones,
# which are few and found by indexes.
UNREAD_SQL = """room.post_count - member.last_read_post
- (SELECT COUNT(*) FROM (SELECT 1 FROM chat_message AS message
WHERE message.room_id = member.room_id AND message.seq > member.last_read_seq
AND message.deleted LIMIT %s) AS deleted)
- (SELECT COUNT(*) FROM chat_message AS message
WHERE message.room_id = member.room_id AND message.seq > member.last_read_seq
AND message.author_id = member.user_id AND NOT message.deleted)"""
MENTIONS_SQL = """(SELECT COUNT(*) FROM chat_mention AS mention
WHERE mention.user_id = member.user_id AND mention.room_id = member.room_id
AND mention.seq > member.last_read_seq)"""
# Every page and every socket runs this query. The ORM takes ten times as long to build it as the
# database takes to run it.
SUMMARIES_SQL = f"""SELECT room.id, room.kind, room.name, room.topic, room.head,
member.last_read_seq, member.draft, member.is_owner, room.archived_at IS NOT NULL, room.direct_key,
member.draft_at, member.draft_reply_seq,
CASE WHEN member.last_read_post < room.post_count THEN {UNREAD_SQL} ELSE 0 END,
CASE WHEN member.last_read_post < room.post_count THEN {MENTIONS_SQL} ELSE 0 END,
member.favourite_position, member.added_by_id IS NOT NULL
FROM chat_membership AS member JOIN chat_room AS room ON room.id = member.room_id
WHERE member.user_id = %s"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Person:
    id: Any
    username: str
    name: str

    @property
    def handle(self) -> str:
        return handle(self.username, self.name)


@dataclass(slots=True)
class RoomSummary:
    """A room in the list of one of its members. A direct conversation without a name has the names
    of its other members. `mentions` is the number of unread messages that mention this member.
    `is_new` is true if somebody else added them, and they have not opened it yet."""

    id: int
    kind: str
    name: str
    topic: str
    head: int
    last_read_seq: int
    draft: str
    is_owner: bool
    is_archived: bool = False
    direct_key: str | None = None
    draft_at: int = 0
    draft_reply_seq: int | None = None
    unread: int = 0
    mentions: int = 0
    favourite_position: int | None = None
    is_new: bool = False
    people: Sequence[Person] = ()

    @property
    def is_favourite(self) -> bool:
        return self.favourite_position is not None

    @property
    def is_group(self) -> bool:
        """Returns whether it is a direct conversation of more than two people."""
        return len(self.people) > 1

    @property
    def has_own_name(self) -> bool:
        """Returns whether it is a group conversation that has a name."""
        return self.is_group and self.name not in ("", self.names)

    @property
    def names(self) -> str:
        """Returns the names of the other members of a direct conversation."""
        return ", ".join(person.name for person in self.people)

    @property
    def handles(self) -> str:
        """Returns the handles of the other members of a direct conversation."""
        return ", ".join(person.handle for person in self.people if person.handle)


def summaries(user) -> list[RoomSummary]:
    """Returns the rooms of a user, ordered by name, in two queries."""
    rooms = summaries_of(user)
    people = people_of({room.direct_key for room in rooms if room.direct_key})
    for room in rooms:
        if room.direct_key:
            others = users.split_ids(room.direct_key) - {user.pk}
            room.people = [people.get(pk) or Person(pk, "", gettext(NAME)) for pk in sorted(others)]
            room.name = room.name if room.has_own_name else room.names
    return sorted(rooms, key=lambda room: room.name.casefold())


def find(rooms: list[RoomSummary], room_id: int | None) -> RoomSummary | None:
    return next((room for room in rooms if room.id == room_id), None)


def for_hello(user) -> list[dict[str, Any]]:
    """Returns the rooms of a user as the `hello` frame has them, in one query. `as_of` is the head
    at which unread messages were counted; the registry later sets `head` to what it has sent.
    `favourite` is the place among the favourites, or None."""
    return [
        {
            **server_frames.room(room),
            "read": room.last_read_seq,
            **unread_of(room),
            "as_of": room.head,
            "draft_at": room.draft_at,
            "favourite": room.favourite_position,
        }
        for room in summaries_of(user)
    ]


def counts(user, room_id: int) -> dict[str, int]:
    """Returns `unread` and `mentions` of one room, together with the `head` and the read cursor
    (`read`) at which they were counted. Raises Forbidden if the user is not a member."""
    rooms = summaries_of(user, room_id)
    if not rooms:
        raise Forbidden
    return {
        "room": room_id,
        "head": rooms[0].head,
        "read": rooms[0].last_read_seq,
        **unread_of(rooms[0]),
    }


def unread_of(summary: RoomSummary) -> dict[str, int]:
    return {"unread": summary.unread, "mentions": summary.mentions}


def summaries_of(user, room_id: int | None = None) -> list[RoomSummary]:
    """Returns the summaries of all rooms of a user, or of one room."""
    query, values = SUMMARIES_SQL, [DELETED_MAX, database.user_value(user.pk)]
    if room_id is not None:
        query, values = f"{query} AND member.room_id = %s", [*values, room_id]
    with database.connection().cursor() as cursor:
        cursor.execute(query, values)
        return [summary_of(row) for row in cursor.fetchall()]


def summary_of(row: tuple[Any, ...]) -> RoomSummary:
    room = RoomSummary(*row)
    room.is_owner, room.is_archived = bool(room.is_owner), bool(room.is_archived)  # SQLite: 0, 1
    room.is_new = bool(room.is_new)
    room.unread = min(max(room.unread, 0), UNREAD_MAX)
    return room


def people_of(direct_keys: Iterable[str]) -> dict[Any, Person]:
    ids = set().union(*map(users.split_ids, direct_keys))
    if not ids:
        return {}
    found = get_user_model()._default_manager.filter(pk__in=ids)
    return {user.pk: Person(user.pk, user.get_username(), display_name(user)) for user in found}
