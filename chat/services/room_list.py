"""The rooms of a person, with what is unread in each. The only hand-written SQL of rooms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from chat.exceptions import Forbidden
from chat.names.former_member import NAME
from chat.names.handles import handle
from chat.protocol import server_frames

UNREAD_MAX = 100  # of the counts that are shown
DELETED_MAX = 1000  # of those that are looked at, for each room

# What is unread is worked out from numbers, and costs the same whatever is unread: of the posts
# after the read cursor, those that were deleted and one's own are looked up by indexes that hardly
# ever have any there.
UNREAD_SQL = """room.post_count - mine.last_read_post
- (SELECT COUNT(*) FROM (SELECT 1 FROM chat_message AS gone WHERE gone.room_id = mine.room_id
AND gone.seq > mine.last_read_seq AND gone.deleted LIMIT %s) AS deleted)
- (SELECT COUNT(*) FROM chat_message AS own WHERE own.room_id = mine.room_id
AND own.author_id = mine.user_id AND own.seq > mine.last_read_seq AND NOT own.deleted)"""
MENTIONS_SQL = """(SELECT COUNT(*) FROM chat_mention AS mention WHERE mention.user_id = mine.user_id
AND mention.room_id = mine.room_id AND mention.seq > mine.last_read_seq)"""
# On the path of every page and socket: to put this together takes the ORM ten times as long as
# the database takes to answer it.
SUMMARIES_SQL = f"""SELECT room.id, room.kind, room.name, room.topic, room.head,
mine.last_read_seq, mine.draft, mine.is_owner, room.archived_at IS NOT NULL, room.direct_key,
mine.draft_at, mine.draft_reply_seq,
CASE WHEN mine.last_read_post < room.post_count THEN {UNREAD_SQL} ELSE 0 END,
CASE WHEN mine.last_read_post < room.post_count THEN {MENTIONS_SQL} ELSE 0 END
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
class RoomSummary:
    """A room as its member sees it in a list. A direct room is named after the others in it.
    `mentions`: how many of the unread messages name this member."""

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
    people: Sequence[Person] = ()

    @property
    def handles(self) -> str:
        """Of a direct conversation."""
        return ", ".join(person.handle for person in self.people if person.handle)


def summaries(user) -> list[RoomSummary]:
    """The rooms of a person, by name, in two queries."""
    rooms = summaries_of(user)
    people = people_of({room.direct_key for room in rooms if room.direct_key})
    for room in rooms:
        if room.direct_key:
            others = direct_ids(room.direct_key) - {user.pk}
            room.people = [people.get(pk) or Person(pk, "", NAME) for pk in sorted(others)]
            room.name = ", ".join(person.name for person in room.people)
    return sorted(rooms, key=lambda room: room.name.casefold())


def find(rooms: list[RoomSummary], room_id: int | None) -> RoomSummary | None:
    return next((room for room in rooms if room.id == room_id), None)


def for_hello(user) -> list[dict[str, Any]]:
    """The rooms of a person as `hello` has them, in one query. `as_of`: the head at which unread
    messages were counted; `head` becomes that which this process has passed on."""
    return [
        {
            **server_frames.room(room),
            "read": room.last_read_seq,
            **unread_of(room),
            "as_of": room.head,
            "draft_at": room.draft_at,
        }
        for room in summaries_of(user)
    ]


def counts(user, room_id: int) -> dict[str, int]:
    """What is unread in a room of this person: `unread` and `mentions`, counted when the room's
    latest change was `head` and the read cursor was at `read`. Raises Forbidden."""
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
    """All, or only that of one room."""
    query, values = SUMMARIES_SQL, [DELETED_MAX, user.pk]
    if room_id is not None:
        query, values = f"{query} AND mine.room_id = %s", [*values, room_id]
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [summary_of(row) for row in cursor.fetchall()]


def summary_of(row: tuple[Any, ...]) -> RoomSummary:
    room = RoomSummary(*row)
    room.is_owner, room.is_archived = bool(room.is_owner), bool(room.is_archived)  # SQLite: 0, 1
    room.unread = min(max(room.unread, 0), UNREAD_MAX)
    return room


def people_of(direct_keys: Iterable[str]) -> dict[int, Person]:
    ids = set().union(*map(direct_ids, direct_keys))
    if not ids:
        return {}
    users = get_user_model().objects.filter(pk__in=ids)
    return {user.pk: Person(user.pk, user.get_username(), user.get_full_name()) for user in users}


def direct_ids(key: str) -> set[int]:
    return set(map(int, key.split(":")))
