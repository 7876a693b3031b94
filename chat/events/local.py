"""Gives the hub of this process, if it has one, to code that does not know of sockets."""

from typing import Any, Protocol


class LocalHub(Protocol):
    def publish(self, event: dict[str, Any]) -> None:
        """Sends the event to this process's sockets and to the other processes. It may be called
        from any thread."""

    def submit(self, post: Any) -> Any:
        """Returns a future of the result of `write`. Call it on the hub's own thread."""

    def write(self, post: Any) -> Any:
        """Writes a post together with others of the same moment, and waits for it. Call it from any
        thread except the hub's."""


_hub: LocalHub | None = None


def register(hub: LocalHub | None) -> None:
    global _hub
    _hub = hub


def current() -> LocalHub | None:
    return _hub
