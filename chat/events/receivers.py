"""Calls nested apps after messages changed, for example to index them or to notify users."""

import logging
from collections.abc import Callable, Sequence

from chat import database
from chat.models import Message

# Gets the messages of a transaction after its commit: new, edited and deleted messages, and those
# whose parts or reactions changed. It should enqueue a task instead of doing slow work, since the
# thread that writes posts waits for it. A killed process does not call receivers: an app that must
# not miss any change keeps a cursor in the database.
Receiver = Callable[[Sequence[Message]], None]

_receivers: list[Receiver] = []
logger = logging.getLogger(__name__)


def register(receiver: Receiver) -> None:
    _receivers.append(receiver)


def unregister(receiver: Receiver) -> None:
    _receivers.remove(receiver)


def call(messages: Sequence[Message]) -> None:
    """Calls all receivers, after commit if the caller is in a transaction."""
    if messages and _receivers:
        database.on_commit(lambda: _call(messages))


def _call(messages: Sequence[Message]) -> None:
    for receiver in _receivers:
        try:
            receiver(messages)
        except Exception:
            logger.exception("A receiver of changes failed")
