"""Handles each kind of event in this process, from this and other processes."""

from collections.abc import Callable, Iterable
from typing import Any

from chat import users
from chat.live import db_threads
from chat.live.connections import Socket
from chat.live.gap_repair import check_for_loss, repair_soon
from chat.live.registry import Registry
from chat.protocol.close_codes import BANNED
from presence import mark_offline

Event = dict[str, Any]


def changes(registry: Registry, event: Event) -> None:
    feed = registry.feeds.get(event["room"])
    if feed is None:
        return
    if any(map(feed.contradicts, event["changes"])):
        registry.tasks.spawn(check_for_loss(registry, feed))
    if feed.receive(event["changes"]):
        repair_soon(registry, feed)
    registry.flush_soon(feed)


def joined(registry: Registry, event: Event) -> None:
    record(registry, event)
    room_id, user_ids = event["room"]["id"], event["users"]
    new_sockets = [
        socket for socket in registry.sockets_of(user_ids) if room_id not in socket.member_of
    ]
    for socket in new_sockets:
        registry.add_member(socket, event["room"])
    for user_id in user_ids:
        registry.shared_rooms.join(user_id, room_id)
    members_changed(registry, room_id, user_ids)
    send_room(registry, event["room"], new_sockets, member=True, by=event.get("by"))


def left(registry: Registry, event: Event) -> None:
    record(registry, event)
    room_id, user_id = event["room"]["id"], event["user"]
    sockets = registry.sockets_of([user_id])
    member_sockets = [socket for socket in sockets if room_id in socket.member_of]
    for socket in sockets:
        registry.remove_member(socket, room_id)
        if not event["public"]:
            registry.close_room(socket, room_id)
    registry.shared_rooms.leave(user_id, room_id)
    members_changed(registry, room_id, [user_id])
    send_room(registry, event["room"], member_sockets, member=False)


def members_changed(registry: Registry, room_id: int, user_ids: Iterable[Any]) -> None:
    sockets = registry.sockets_of(user_ids)
    registry.presence_changes.members_changed(room_id, user_ids, sockets)


def send_room(
    registry: Registry,
    room: dict[str, Any],
    sockets: Iterable[Socket],
    member: bool,
    by: dict[str, Any] | None = None,
) -> None:
    """Sends a `room` frame. `sockets` are those that do not have this state yet. `by` is the user
    who added them."""
    added = {"by": by} if by else {}
    registry.send({"type": "room", "room": room, "member": member, **added}, sockets)


def renamed(registry: Registry, event: Event) -> None:
    record(registry, event)
    if (feed := registry.feeds.get(event["room"]["id"])) is not None:
        send_room(registry, event["room"], feed.members, member=True)


def deleted(registry: Registry, event: Event) -> None:
    """Removes a room, and notifies its members and everybody who has it open."""
    record(registry, event)
    room_id = event["room"]["id"]
    if (feed := registry.feeds.get(room_id)) is None:
        return
    sockets = feed.audience()
    people = set(registry.shared_rooms.people_in.get(room_id, ()))
    for socket in sockets:
        registry.remove_member(socket, room_id)
        registry.close_room(socket, room_id)
    for user_id in people:
        registry.shared_rooms.leave(user_id, room_id)
    members_changed(registry, room_id, people)
    send_room(registry, event["room"], sockets, member=False)


def read(registry: Registry, event: Event) -> None:
    counts = dict(event["counts"])
    room_id, seq = counts["room"], counts.pop("read")
    sockets = registry.sockets_of([event["user"]])
    others = [socket for socket in sockets if socket.read_seqs.get(room_id, -1) < seq]
    registry.send({"type": "read", **counts, "seq": seq}, others)


def drafted(registry: Registry, event: Event) -> None:
    registry.send({"type": "draft", **event["draft"]}, registry.sockets_of([event["user"]]))


def frame(registry: Registry, event: Event) -> None:
    registry.send(event["frame"], registry.sockets_of(event["users"]))


def typing(registry: Registry, event: Event) -> None:
    if (feed := registry.feeds.get(event["room"])) is not None:
        user = users.json_id(event["user"])
        frame = {"type": "typing", "room": feed.id, "user": user, "name": event["name"]}
        others = [socket for socket in feed.open if socket.user.pk != event["user"]]
        registry.send(frame, others)


def presence(registry: Registry, event: Event) -> None:
    states = {state: event.get(state, []) for state in ("here", "away", "left")}
    registry.tracker.merge(event["server"], **states)


def ended(registry: Registry, event: Event) -> None:
    record(registry, event)
    kind, key = event["key"]
    sockets = list(registry.sockets_by_key.get((kind, key), ()))
    for socket in sockets:
        registry.end(socket, event["code"])
    if event["code"] == BANNED:
        registry.tracker.leave_immediately(key)
        if sockets:  # this process may have marked them a moment ago
            registry.tasks.spawn(db_threads.run(mark_offline, key))


def appearance(registry: Registry, event: Event) -> None:
    record(registry, event)
    for socket in registry.sockets_of([event["user"]]):
        socket.user.appears_offline = event["offline"]
        registry.tracker.hide(event["user"], event["offline"])


def person(registry: Registry, event: Event) -> None:
    """Updates a user's names, and notifies everybody who shares a room with them or has one of
    their rooms open."""
    record(registry, event)
    own = registry.sockets_of([event["user"]["id"]])
    for socket in own:
        socket.user.__dict__.update(event["names"])  # for their next messages
    feeds = [registry.feeds[pk] for pk in event["rooms"] if pk in registry.feeds]
    sockets = own.union(*(feed.audience() for feed in feeds))
    user = {**event["user"], "id": users.json_id(event["user"]["id"])}
    registry.send({"type": "person", "user": user}, sockets)


def record(registry: Registry, event: Event) -> None:
    for handshake in registry.handshakes:
        handshake.record(event)


def beat(registry: Registry, event: Event) -> None:
    """Does nothing: the number of a beat has been recorded already."""


HANDLERS: dict[str, Callable[[Registry, Event], None]] = {
    "beat": beat,
    "changes": changes,
    "joined": joined,
    "left": left,
    "renamed": renamed,
    "deleted": deleted,
    "read": read,
    "drafted": drafted,
    "frame": frame,
    "typing": typing,
    "presence": presence,
    "ended": ended,
    "appearance": appearance,
    "person": person,
}
