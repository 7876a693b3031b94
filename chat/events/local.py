"""The hub of this process, where it has one, for code that knows nothing of sockets."""

from typing import Any, Protocol


class LocalHub(Protocol):
    def publish(self, event: dict[str, Any]) -> None:
        """To this process's sockets and to the other processes. From any thread."""

    def submit(self, post: Any) -> Any:
        """Returns the future of what `write` returns. On the hub's own thread."""

    def write(self, post: Any) -> Any:
        """Writes a post together with those of the same moment, and waits for it. From any other
        thread. As services.posting.write."""


_hub: LocalHub | None = None


def register(hub: LocalHub | None) -> None:
    global _hub
    _hub = hub


def current() -> LocalHub | None:
    return _hub
