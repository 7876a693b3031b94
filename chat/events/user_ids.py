"""Converts the user ids in events for the channel layer, which carries numbers and texts only.

Within a process an event has primary keys, which may be UUIDs.
"""

from collections.abc import Callable
from typing import Any

from chat import users
from presence import primary_key

LISTS = ("users", "here", "away", "left")

Event = dict[str, Any]


def to_wire(event: Event) -> Event:
    return event if primary_key.is_integer() else convert(event, users.json_id)


def from_wire(event: Event) -> Event:
    return event if primary_key.is_integer() else convert(event, users.to_pk)


def convert(event: Event, function: Callable[[Any], Any]) -> Event:
    converted = dict(event)
    for name in LISTS:
        if name in event:
            converted[name] = [function(id) for id in event[name]]
    user = event.get("user")
    if isinstance(user, dict):
        converted["user"] = {**user, "id": function(user["id"])}
    elif user is not None:
        converted["user"] = function(user)
    if "key" in event and event["key"][0] == "user":
        converted["key"] = ["user", function(event["key"][1])]
    return converted
