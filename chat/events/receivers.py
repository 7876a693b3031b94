"""Nested apps that hear of changes: to index them, to notify somebody, to look at a link."""

import logging
from collections.abc import Callable, Sequence

from django.db import transaction

from chat.models import Message

# Called with the messages of a transaction after its commit: new ones, edited, deleted ones, and
# those whose parts or reactions changed. It enqueues a task and does no slow work itself, since the
# thread that writes posts waits for it. A process that is killed calls nobody: what must not be
# missed keeps a cursor in the database.
Receiver = Callable[[Sequence[Message]], None]

_receivers: list[Receiver] = []
logger = logging.getLogger(__name__)


def register(receiver: Receiver) -> None:
    _receivers.append(receiver)


def unregister(receiver: Receiver) -> None:
    _receivers.remove(receiver)


def call(messages: Sequence[Message]) -> None:
    """Once the transaction is committed that the caller is in, or was in."""
    if messages and _receivers:
        transaction.on_commit(lambda: _call(messages))


def _call(messages: Sequence[Message]) -> None:
    for receiver in _receivers:
        try:
            receiver(messages)
        except Exception:
            logger.exception("A receiver of changes failed")
