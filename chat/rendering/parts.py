"""Renders the parts that nested apps add to messages, such as files, link previews and polls.

`Message.parts` is a list of JSON objects, each with a `kind`. The app of a kind registers two
functions to render it. Each gets all parts of that kind on a page together, so that one query is
enough. The result is the same for everybody. Parts of unknown kinds are not shown.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from chat.models import Message


class Part(NamedTuple):
    """A part of a message. `position` is its index in the list."""

    message: Message
    position: int
    content: dict[str, Any]


class Kind(NamedTuple):
    """How a kind is rendered. `html` returns the safe HTML of each part, `data` its JSON."""

    html: Callable[[Sequence[Part]], list[str]]
    data: Callable[[Sequence[Part]], list[dict[str, Any]]]


_kinds: dict[str, Kind] = {}


def register(kind: str, shown: Kind) -> None:
    _kinds[kind] = shown


def unregister(kind: str) -> None:
    del _kinds[kind]


def load(messages: Iterable[Message]) -> None:
    """Renders the parts of all these messages, so that `html` and `data` need no more queries."""
    by_kind: dict[str, list[Part]] = {}
    for message in messages:
        if message.parts and message.shown_parts is None:
            message.shown_parts = {}
            for position, content in enumerate(message.parts):
                by_kind.setdefault(content["kind"], []).append(Part(message, position, content))
    for name, parts in by_kind.items():
        if (kind := _kinds.get(name)) is not None:
            for part, html, data in zip(parts, kind.html(parts), kind.data(parts), strict=True):
                part.message.shown_parts[part.position] = html, {"kind": name, **data}


def html(message: Message) -> str:
    return "".join(html for html, _ in shown(message))


def data(message: Message) -> list[dict[str, Any]]:
    return [data for _, data in shown(message)]


def shown(message: Message) -> list[tuple[str, dict[str, Any]]]:
    """Returns the HTML and the JSON of each part, in order."""
    if not message.parts:
        return []
    load([message])
    return [message.shown_parts[position] for position in sorted(message.shown_parts)]
