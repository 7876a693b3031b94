"""Publishes events to every process after commit.

An event is a dictionary with a `kind`. It is delivered at most once: it is a hint, since the
database is the record. A process with a hub passes it to its own sockets immediately, with or
without Redis.
"""

from collections.abc import Iterable
from typing import Any

from chat import database, users
from chat.events import publisher
from chat.models import Membership, Message, Room
from chat.names.former_member import FORMER_MEMBER
from chat.protocol import server_frames
from chat.rendering import parts

Event = dict[str, Any]


def changed(changes: list[Message]) -> None:
    """Publishes posts, edits, deletions and reactions: one event for each room."""
    parts.load(changes)
    by_room: dict[int, list[dict[str, Any]]] = {}
    for message in changes:
        by_room.setdefault(message.room_id, []).append(server_frames.change(message))
    for room_id, items in by_room.items():
        publish({"kind": "changes", "room": room_id, "changes": items})


def joined(room: Room, user_ids: list[int], by: Any = None) -> None:
    """Publishes that users are members now. `by` is the user who added them, if somebody did."""
    publish(joined_event(room, user_ids) | ({"by": server_frames.author(by)} if by else {}))


def joined_event(room: Room, user_ids: list[int]) -> Event:
    return {"kind": "joined", "room": server_frames.room(room), "users": user_ids}


def listed(room: Room, user_id: Any) -> None:
    """Publishes that a room has another place in the lists of a user."""
    frame = {"type": "room", "room": server_frames.room(room), "member": True}
    publish({"kind": "frame", "frame": frame, "users": [user_id]})


def left(room: Room, user_id: int) -> None:
    publish(left_event(room, user_id))


def left_event(room: Room, user_id: int) -> Event:
    public = room.kind == Room.Kind.PUBLIC
    return {"kind": "left", "room": server_frames.room(room), "user": user_id, "public": public}


def renamed(room: Room) -> None:
    publish({"kind": "renamed", "room": server_frames.room(room)})


def deleted(description: dict[str, Any]) -> None:
    """Publishes the deletion of a room. `description` is that of the room before."""
    publish({"kind": "deleted", "room": description})


def read(user_id: int, counts: dict[str, int]) -> None:
    """Publishes a user's read cursor and unread counts, as `room_list.counts` returns them."""
    publish({"kind": "read", "user": user_id, "counts": counts})


def ended(key: tuple[str, int | str], code: int) -> None:
    """Publishes the end of a sign-in. `key` is ("session", hash), ("user", id) or ("token", id);
    `code` is the close code for its sockets."""
    publish({"kind": "ended", "key": list(key), "code": code})


def drafted(user_id: int, draft: dict[str, Any]) -> None:
    """Publishes a draft, which has the fields of a `draft` frame."""
    publish({"kind": "drafted", "user": user_id, "draft": draft})


def person_renamed(user) -> None:
    rooms = Membership.objects.filter(user=user).values_list("room_id", flat=True)
    person = {**server_frames.author(user), "id": user.pk}
    event = {"kind": "person", "user": person, "rooms": list(rooms)}
    publish({**event, "names": users.names_of(user)})


def person_deleted(user) -> None:
    """Call it before the user's memberships are deleted: they determine who is notified."""
    rooms = Membership.objects.filter(user=user).values_list("room_id", flat=True)
    anonymous = {**server_frames.author(FORMER_MEMBER), "id": user.pk}
    publish({"kind": "person", "user": anonymous, "rooms": list(rooms), "names": {}})


def appearance(user_id: int, offline: bool) -> None:
    """Publishes that a user chose to appear offline, or chose not to."""
    publish({"kind": "appearance", "user": user_id, "offline": offline})


def send(frame: dict[str, Any], user_ids: Iterable[int]) -> None:
    """Sends a frame of a nested app to all sockets of these users. The app has declared the type of
    the frame."""
    server_frames.check_declared(frame)
    publish({"kind": "frame", "frame": frame, "users": list(user_ids)})


def publish(event: Event) -> None:
    database.on_commit(lambda: publisher.publish(event))
