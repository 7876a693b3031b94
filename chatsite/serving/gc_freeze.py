"""Freezes long-lived objects so that the garbage collector skips them.

With 9,000 open sockets, a full collection blocked the event loop for a fifth of a second and more.
Frozen objects are still freed by reference counts. Cycles that were alive at a freeze are found
after the next `gc.unfreeze()`, which is rare.
"""

import gc

FREEZE_EVERY_CONNECTIONS = 250
UNFREEZE_EVERY_FREEZES = 200


class GcFreezer:
    def __init__(self) -> None:
        self._connections: int | None = None  # the lowest number since the last freeze
        self._freezes = 0

    def update(self, connections: int) -> None:
        """Freezes or unfreezes as needed. `connections` is the number that is open now."""
        if self._connections is None or connections >= self._connections + FREEZE_EVERY_CONNECTIONS:
            self._connections = connections
            self._freeze()
        self._connections = min(connections, self._connections)

    def _freeze(self) -> None:
        self._freezes += 1
        if self._freezes % UNFREEZE_EVERY_FREEZES == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
