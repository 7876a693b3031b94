"""What the hub does at each kind of event, whichever process it comes from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chat import publisher, threads, timeline
from chat.messages import encode
from chat.repair import look_for_loss, repair_soon
from chat.sockets import BANNED
from presence import mark_offline

if TYPE_CHECKING:
    from chat.hub import Hub
    from chat.sockets import Socket

Event = dict[str, Any]


def changes(hub: "Hub", event: Event) -> None:
    publisher.note(event)
    view = hub.rooms.get(event["room"])
    if view is None:
        return
    if any(map(view.contradicts, event["changes"])):
        hub.spawn(look_for_loss(hub, view))
    if view.take(event["changes"]):
        repair_soon(hub, view)
    hub.flush_soon(view)


def joined(hub: "Hub", event: Event) -> None:
    note(hub, event)
    room_id, users = event["room"]["id"], event["users"]
    news = [socket for socket in hub.of_users(users) if room_id not in socket.member_of]
    for socket in news:
        hub.add_member(socket, event["room"])
    for user_id in users:
        hub.circles.join(user_id, room_id)
    hub.announcer.regroup(room_id, users)
    tell_room(hub, event["room"], news, member=True)


def left(hub: "Hub", event: Event) -> None:
    note(hub, event)
    room_id, user_id = event["room"]["id"], event["user"]
    news = [socket for socket in hub.of_users([user_id]) if room_id in socket.member_of]
    for socket in hub.of_users([user_id]):
        hub.remove_member(socket, room_id)
        if not event["public"]:
            hub.close_room(socket, room_id)
    hub.circles.leave(user_id, room_id)
    hub.announcer.regroup(room_id, [user_id])
    tell_room(hub, event["room"], news, member=False)


def tell_room(hub: "Hub", room: dict[str, Any], sockets: Iterable["Socket"], member: bool) -> None:
    """Those for whom it is news: a catch-up may have told the others already."""
    frame = {"type": "room", "room": room, "member": member}
    hub.outbox.put([encode(frame)], sockets)


def renamed(hub: "Hub", event: Event) -> None:
    note(hub, event)
    if (view := hub.rooms.get(event["room"]["id"])) is not None:
        frame = {"type": "room", "room": event["room"], "member": True}
        hub.outbox.put([encode(frame)], view.members)


def deleted(hub: "Hub", event: Event) -> None:
    """Also readers who are not members hear of it."""
    note(hub, event)
    room_id = event["room"]["id"]
    if (view := hub.rooms.get(room_id)) is None:
        return
    sockets = view.members | view.open | view.opening.keys()
    people = set(hub.circles.people_in.get(room_id, ()))
    for socket in sockets:
        hub.remove_member(socket, room_id)
        hub.close_room(socket, room_id)
    for user_id in people:
        hub.circles.leave(user_id, room_id)
    hub.announcer.regroup(room_id, people)
    tell_room(hub, event["room"], sockets, member=False)


def read(hub: "Hub", event: Event) -> None:
    counts = dict(event["counts"])
    room_id, seq = counts["room"], counts.pop("read")
    frame = {"type": "read", **counts, "seq": seq}
    others = [s for s in hub.of_users([event["user"]]) if s.read.get(room_id, -1) < seq]
    hub.outbox.put([encode(frame)], others)


def drafted(hub: "Hub", event: Event) -> None:
    frame = {"type": "draft", **event["draft"]}
    hub.outbox.put([encode(frame)], hub.of_users([event["user"]]))


def typing(hub: "Hub", event: Event) -> None:
    if (view := hub.rooms.get(event["room"])) is not None:
        frame = {"type": "typing", **{key: event[key] for key in ("room", "user", "name")}}
        others = [socket for socket in view.open if socket.user.pk != event["user"]]
        hub.outbox.put([encode(frame)], others)


def presence(hub: "Hub", event: Event) -> None:
    states = {state: event.get(state, []) for state in ("here", "away", "left")}
    hub.present.merge(event["server"], **states)


def ended(hub: "Hub", event: Event) -> None:
    note(hub, event)
    kind, key = event["match"]
    sockets = list(hub.sockets_of.get((kind, key), ()))
    for socket in sockets:
        hub.end(socket, event["code"])
    if event["code"] == BANNED:
        hub.present.leave_at_once(key)
        if sockets:  # this process may have marked them a moment ago
            hub.spawn(threads.read(mark_offline, key))


def appearance(hub: "Hub", event: Event) -> None:
    note(hub, event)
    for socket in hub.of_users([event["user"]]):
        socket.user.appears_offline = event["offline"]
        hub.present.hide(event["user"], event["offline"])


def person(hub: "Hub", event: Event) -> None:
    """Told to everybody who shares a room with them, or has one of their rooms open."""
    note(hub, event)
    timeline.kept.cache_clear()
    own = hub.of_users([event["user"]["id"]])
    for socket in own:
        socket.user.__dict__.update(event["names"])  # what they write next has the new name
    views = [hub.rooms[room_id] for room_id in event["rooms"] if room_id in hub.rooms]
    sockets = own.union(*(view.members | view.open | view.opening.keys() for view in views))
    hub.outbox.put([encode({"type": "person", "user": event["user"]})], sockets)


def note(hub: "Hub", event: Event) -> None:
    for arrival in hub.arrivals:
        arrival.note(event)


def beat(hub: "Hub", event: Event) -> None:
    """Its number was what it said."""


HANDLERS = {
    "beat": beat,
    "changes": changes,
    "joined": joined,
    "left": left,
    "renamed": renamed,
    "deleted": deleted,
    "read": read,
    "drafted": drafted,
    "typing": typing,
    "presence": presence,
    "ended": ended,
    "appearance": appearance,
    "person": person,
}
