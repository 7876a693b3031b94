"""What nested apps add to messages beside their text: files, previews of links, polls.

`Message.parts` is a list of JSON objects, each with a `kind`. The app of a kind registers how it is
shown. Both of its functions get the parts of that kind of all messages of a page at once, so that
they can ask the database once. What is shown is the same for everybody. Parts of a kind that no
app knows (any more) are not shown.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from chat.models import Message


class Part(NamedTuple):
    """`place`: in the list of the message's parts."""

    message: Message
    place: int
    content: dict[str, Any]


class Kind(NamedTuple):
    """`html` returns the HTML of each part, safe to show; `data` its JSON, for programs."""

    html: Callable[[Sequence[Part]], list[str]]
    data: Callable[[Sequence[Part]], list[dict[str, Any]]]


_kinds: dict[str, Kind] = {}


def register(kind: str, shown: Kind) -> None:
    _kinds[kind] = shown


def unregister(kind: str) -> None:
    del _kinds[kind]


def load(messages: Iterable[Message]) -> None:
    """Renders the parts of all these messages, so that `html` and `data` need no further query."""
    by_kind: dict[str, list[Part]] = {}
    for message in messages:
        if message.parts and message.shown_parts is None:
            message.shown_parts = {}
            for place, content in enumerate(message.parts):
                by_kind.setdefault(content["kind"], []).append(Part(message, place, content))
    for name, parts in by_kind.items():
        if (kind := _kinds.get(name)) is not None:
            for part, html, data in zip(parts, kind.html(parts), kind.data(parts), strict=True):
                part.message.shown_parts[part.place] = html, {"kind": name, **data}


def html(message: Message) -> str:
    return "".join(html for html, _ in shown(message))


def data(message: Message) -> list[dict[str, Any]]:
    return [data for _, data in shown(message)]


def shown(message: Message) -> list[tuple[str, dict[str, Any]]]:
    """The HTML and the JSON of each part, in their order."""
    if not message.parts:
        return []
    load([message])
    return [message.shown_parts[place] for place in sorted(message.shown_parts)]
