"""What stays is kept out of the garbage collector's sight. With 9,000 sockets open a collection
that looks at all of them was seen to hold the event loop for a fifth of a second and more.

`gc.freeze()` sets apart what lives; reference counts free it all the same. Garbage that refers to
itself and lived at that moment is found when everything is looked at again, which is rare.
"""

import gc

FREEZE_EVERY_CONNECTIONS = 250
LOOK_AGAIN_EVERY_FREEZES = 200


class Heap:
    def __init__(self) -> None:
        self._connections: int | None = None  # the fewest since the last freeze
        self._freezes = 0

    def note(self, connections: int) -> None:
        """So many are open."""
        if self._connections is None or connections >= self._connections + FREEZE_EVERY_CONNECTIONS:
            self._connections = connections
            self._freeze()
        self._connections = min(connections, self._connections)

    def _freeze(self) -> None:
        self._freezes += 1
        if self._freezes % LOOK_AGAIN_EVERY_FREEZES == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
