"""Writes a batch of posts in one transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import database
from chat.events import events, receivers
from chat.exceptions import Archived, ChatError, Forbidden
from chat.ids import is_id
from chat.models import Membership, Message, Room
from chat.rendering import markdown
from chat.services import admission, lost_changes, mentions
from chat.services.memberships import fully_read_cursor
from chat.services.posts import Post, PostResult, render

RETRIES = 3
# In the model's order.
ROOM_COLUMNS = ["id", "kind", "name", "direct_key", "head", "post_count", "archived_at"]
FIELDS = [field for field in Message._meta.concrete_fields if not field.primary_key]
COLUMNS = [str(field.column) for field in FIELDS]
UPDATE_ROOM_SQL = "UPDATE chat_room SET head = %s, post_count = %s WHERE id = %s"


def write(posts: list[Post], now: datetime | None = None) -> list[PostResult | ChatError]:
    """Writes the posts and returns a result or an error for each, in order. A refused post does not
    affect the others."""
    render(posts)
    for attempt in range(RETRIES):
        try:
            with database.atomic():
                # Duplicates are rare, so check for them only after the unique constraint fails.
                written = already_written(posts) if attempt else {}
                results = Batch(posts, written, now or timezone.now()).write()
                break
        except IntegrityError:
            if attempt == RETRIES - 1:
                raise
    results = replace_if_written(posts, results)
    # Duplicates are published again: the process that wrote them may have died before.
    changed = {r.message.pk: r.message for r in results if isinstance(r, PostResult)}
    events.changed(list(changed.values()))
    receivers.call([r.message for r in results if isinstance(r, PostResult) and r.created])
    return results


def replace_if_written(
    posts: list[Post], results: list[PostResult | ChatError]
) -> list[PostResult | ChatError]:
    """Replaces the error of each post that was written earlier, before its author lost access."""
    refused = [p for p, result in zip(posts, results, strict=True) if isinstance(result, ChatError)]
    written = already_written(refused) if refused else {}
    return [
        PostResult(written[post.key], created=False) if post.key in written else result
        for post, result in zip(posts, results, strict=True)
    ]


def already_written(posts: list[Post]) -> dict[tuple[Any, UUID], Message]:
    query = Message.objects.select_related("author", "reply_to__author").filter(
        client_id__in=[post.client_id for post in posts],
        author_id__in={post.user.pk for post in posts},
    )
    return {(message.author_id, message.client_id): message for message in query}


class Batch:
    """Locks the rooms, checks permissions, numbers the messages and inserts them, within one
    transaction."""

    def __init__(
        self,
        posts: list[Post],
        written: dict[tuple[Any, UUID], Message],
        now: datetime,
    ) -> None:
        self.posts, self.written, self.now = posts, written, now

    def write(self) -> list[PostResult | ChatError]:
        self.rooms = self._lock_rooms()
        self.active, self.members = self._memberships()
        self.replies = self._replies()
        self.refused = admission.refusals(self.posts)
        self.new: list[Message] = []
        self.joining: dict[tuple[int, Any], Membership] = {}
        results = [self._result(post) for post in self.posts]
        self._insert()
        return results

    # Hand-written SQL, since every post waits for it: the ORM takes longer to build these queries
    # than all other steps together.

    def _lock_rooms(self) -> dict[int, Room]:
        ids = {post.room_id for post in self.posts if is_id(post.room_id)}
        connection = database.connection()
        lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
        query = f"""SELECT {", ".join(ROOM_COLUMNS)} FROM chat_room
            WHERE id IN {placeholders(ids)} ORDER BY id {lock}"""  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(query, [*ids])
            rows = cursor.fetchall()
        rooms = {row[0]: Room.from_db(connection.alias, ROOM_COLUMNS, row) for row in rows}
        for room in rooms.values():
            lost_changes.skip_ahead(room)
        return rooms

    def _memberships(self) -> tuple[set[Any], set[tuple[int, Any]]]:
        """Returns the active authors, and the pairs (room, author) of their memberships."""
        rooms = self.rooms.keys()
        authors = {database.user_value(post.user.pk): post.user.pk for post in self.posts}
        active_sql, parameters = database.active_users(database.alias())
        query = f"""SELECT person.user_pk, member.room_id FROM ({active_sql}) AS person
            LEFT JOIN chat_membership AS member
            ON member.user_id = person.user_pk AND member.room_id IN {placeholders(rooms)}
            WHERE person.user_pk IN {placeholders(authors)}"""  # noqa: S608
        with database.connection().cursor() as cursor:
            cursor.execute(query, [*parameters, *rooms, *authors])
            rows = [(authors[user], room) for user, room in cursor.fetchall()]
        return {user for user, _ in rows}, {(room, user) for user, room in rows}

    def _replies(self) -> dict[int, Message]:
        ids = {post.reply_to for post in self.posts if is_id(post.reply_to)}
        return Message.objects.select_related("author").in_bulk(ids) if ids else {}

    def _result(self, post: Post) -> PostResult | ChatError:
        if (message := self.written.get(post.key)) is not None:
            return PostResult(message, created=False)
        room = self.rooms.get(post.room_id)
        if room is None or not self._can_post(post, room):
            return Forbidden()
        if room.is_archived:
            return Archived()
        if (refusal := self.refused.get(post.key)) is not None:
            return refusal
        reply_to = self.replies.get(post.reply_to) if post.reply_to is not None else None
        if post.reply_to is not None and (reply_to is None or reply_to.room_id != room.pk):
            return Forbidden(_("The message that you reply to does not exist."))
        self._join(post, room)
        message = self.written[post.key] = self._number(post, room, reply_to)
        return PostResult(message, created=True)

    def _can_post(self, post: Post, room: Room) -> bool:
        is_member = (room.pk, post.user.pk) in self.members
        return post.user.pk in self.active and (is_member or room.kind == Room.Kind.PUBLIC)

    def _join(self, post: Post, room: Room) -> None:
        """Makes the author a member of the public room that they post to."""
        key = (room.pk, post.user.pk)
        if key not in self.members:
            self.members.add(key)
            cursor = fully_read_cursor(room)
            self.joining[key] = Membership(room=room, user_id=post.user.pk, **cursor)

    def _number(self, post: Post, room: Room, reply_to: Message | None) -> Message:
        room.head += 1
        room.post_count += 1
        html = post.html or ""
        message = Message(
            room=room,
            author=post.user,
            client_id=post.client_id,
            seq=room.head,
            version=room.head,
            post_number=room.post_count,
            body=post.body,
            html=html,
            mentions=markdown.mentioned_ids(html),
            parts=list(post.parts),
            reply_to=reply_to,
            created_at=self.now,
        )
        self.new.append(message)
        return message

    def _insert(self) -> None:
        if not self.new:
            return
        connection = database.connection()
        with connection.cursor() as cursor:
            row = placeholders(COLUMNS)
            query = f"""INSERT INTO chat_message ({", ".join(COLUMNS)})
                VALUES {", ".join([row] * len(self.new))} RETURNING room_id, seq, id"""  # noqa: S608
            values = [value for message in self.new for value in column_values(message)]
            cursor.execute(query, values)
            ids = {(room_id, seq): pk for room_id, seq, pk in cursor.fetchall()}
            for room in {message.room_id: message.room for message in self.new}.values():
                cursor.execute(UPDATE_ROOM_SQL, [room.head, room.post_count, room.pk])
        for message in self.new:
            message.pk = ids[message.room_id, message.seq]
            message._state.adding, message._state.db = False, connection.alias
        mentions.insert(self.new)
        if self.joining:
            self._insert_members()

    def _insert_members(self) -> None:
        Membership.objects.bulk_create(self.joining.values(), ignore_conflicts=True)
        for membership in self.joining.values():
            events.joined(membership.room, [membership.user_id])


def column_values(message: Message) -> list[Any]:
    """Returns the values of a message's columns, converted for this database."""
    connection = database.connection()
    return [field.get_db_prep_save(getattr(message, field.attname), connection) for field in FIELDS]


def placeholders(values: Collection[object]) -> str:
    """Returns as many SQL placeholders as there are values, in parentheses."""
    return f"({', '.join(['%s'] * len(values)) or 'NULL'})"
