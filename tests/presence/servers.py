"""Simulated server processes: each is a SocketTracker. Time is passed in. Only Redis measures the
lifetime of a lease: a test deletes the lease as Redis would."""

from presence import keys
from presence.connection import client
from presence.socket_tracker import SocketTracker

ALICE, BOB, CHARLIE = 1, 2, 3


class Site:
    """Server processes that sync every second, and receive what the others announce."""

    def __init__(self):
        self.now = 30_000_000 * 60.0
        self.servers = {}
        self.announcements_arrive = True

    def start(self, name):
        self.servers[name] = SocketTracker(name)
        return self.servers[name]

    def kill(self, name):
        """Expires the lease."""
        del self.servers[name]
        client().delete(keys.lease(name))

    async def run(self, seconds=1):
        """Returns {server: [(seconds from now, here, away, left)]} of all changes."""
        log = {name: [] for name in self.servers}
        for second in range(1, seconds + 1):
            self.now += 1
            for name, server in self.servers.items():
                changes = await server.sync(self.now)
                self._announce(name, changes.announce)
                what = (sorted(changes.here), sorted(changes.away), sorted(changes.left))
                if any(what):
                    log[name].append((second, *what))
        return log

    def _announce(self, name, diff):
        for other in self.servers.values():
            if other.server != name and self.announcements_arrive:
                other.merge(name, diff.here, diff.left, diff.away, now=self.now)


def hello(*user_ids):
    return (1, list(user_ids), [], [])
