"""Tracks open sockets: who has one in any process, and who came or left since the last sync.

Each server process has one `SocketTracker`, used on its event loop. It writes its users into a
lease in Redis. It learns the users of other processes from their announcements, and sometimes reads
their leases, because an announcement may be lost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.dispatch import Signal

import presence
from presence import socket_leases
from presence.clock import Moment, minute, seconds
from presence.mark_throttle import mark_throttle
from presence.primary_key import UserId, normalize
from presence.signals import user_arrived, user_left
from presence.socket_leases import AWAY, HERE

AWAY_SECONDS = 600  # without activity on a socket
GRACE_SECONDS = 2.5  # a user who reloads a page has not left
READ_PEER_SECONDS = 15
READ_DIFFERENT_PEER_SECONDS = 2  # if the size of its lease is unexpected


@dataclass
class Diff:
    """User ids. The users in `away` still have sockets open."""

    here: list[UserId] = field(default_factory=list)
    away: list[UserId] = field(default_factory=list)
    left: list[UserId] = field(default_factory=list)

    def add(self, user_id: UserId, state: str | None) -> None:
        {HERE: self.here, AWAY: self.away, None: self.left}[state].append(user_id)


@dataclass
class Changes(Diff):
    announce: Diff = field(default_factory=Diff)  # of this process only: its peers merge it
    arrived: list[UserId] = field(default_factory=list)  # those in `here` and `away` who are new


@dataclass
class Peer:
    users: dict[UserId, str] = field(default_factory=dict)
    read_at: float = 0


class SocketTracker:
    def __init__(self, server: str) -> None:
        self.server = server
        self.open: Counter[UserId] = Counter()  # user id -> sockets in this process
        self.used_at: dict[UserId, float] = {}
        self.active: set[UserId] = set()  # since the last sync
        self.hidden: set[UserId] = set()
        self.own: dict[UserId, str] = {}  # this process's users as of the last sync
        self.lease_is_complete = self.has_synced = False
        self.all_marked_in = 0  # minute
        self.peers: dict[str, Peer] = {}
        self.reported: dict[UserId, str] = {}  # sum of all changes so far
        self.unchecked: dict[UserId, float] = {}  # user id -> time of a possible change of state
        self.leaving: dict[UserId, float] = {}  # user id -> time of leaving, not reported yet

    def opened(self, user_id: UserId, now: Moment = None) -> None:
        self.open[user_id] += 1
        self.used(user_id, now)

    def used(self, user_id: UserId, now: Moment = None) -> None:
        """Records that the user did something; automatic requests of a page do not count."""
        if user_id in self.open:
            self.used_at[user_id] = seconds(now)
            self.active.add(user_id)

    def closed(self, user_id: UserId, now: Moment = None) -> None:
        self.open[user_id] -= 1
        if self.open[user_id] <= 0:
            del self.open[user_id]
            del self.used_at[user_id]
            self.hidden.discard(user_id)
            self.unchecked[user_id] = seconds(now)

    def leave_immediately(self, user_id: UserId) -> None:
        """Removes a user who was banned: the next sync reports that they left, and they are not
        marked."""
        self.active.discard(user_id)
        if user_id in self.reported:
            self.leaving[user_id] = 0

    def hide(self, user_id: UserId, hidden: bool) -> None:
        """Sets whether a user of this process appears offline. Call it before `opened`."""
        (self.hidden.add if hidden else self.hidden.discard)(user_id)

    def merge(
        self,
        server: str,
        here: Iterable[UserId],
        left: Iterable[UserId],
        away: Iterable[UserId] = (),
        now: Moment = None,
    ) -> None:
        """Applies the announcement of a peer. Its ids may have become text on their way."""
        here, away, left = map(normalize, (here, away, left))
        states = dict.fromkeys(here, HERE) | dict.fromkeys(away, AWAY) | dict.fromkeys(left)
        self._apply(server, states, seconds(now))

    def here(self) -> set[UserId]:
        """Returns the users with an open socket in any process, as far as this process knows."""
        return self.reported.keys() | (self.open.keys() - self.hidden)

    def away(self) -> set[UserId]:
        return {user_id for user_id, state in self.reported.items() if state == AWAY}

    async def sync(self, now: Moment = None) -> Changes:
        """Synchronizes with Redis, about once a second. Raises no error if Redis is out of
        reach."""
        at = seconds(now)
        announce = await self._sync_leases(at)
        await self._mark(at)
        changes = self._changes(at, announce)
        await self._send_signals(changes)
        return changes

    async def close(self) -> None:
        """Releases the lease on shutdown, so that nobody waits until it expires."""
        await socket_leases.release(self.server)

    async def _send_signals(self, changes: Changes) -> None:
        arrived = changes.arrived if self.has_synced else self.own.keys() & set(changes.arrived)
        self.has_synced = True
        await self._send(user_arrived, arrived)
        await self._send(user_left, changes.left)

    async def _send(self, signal: Signal, user_ids: Iterable[UserId]) -> None:
        if signal.has_listeners(SocketTracker):  # 5,000 signals to nobody would take 35 ms
            for user_id in user_ids:
                await signal.asend_robust(SocketTracker, user_id=user_id, server=self.server)

    async def _sync_leases(self, now: float) -> Diff:
        changed = self._update_own(now)
        renewed = await socket_leases.renew(self.server, changed, bool(self.own), list(self.peers))
        if renewed is None:
            self.lease_is_complete = False
            return Diff()
        if not self.lease_is_complete or renewed.size != len(self.own):
            await self._restore()
            changed |= self.own
        await self._read_peers(renewed, now)
        return to_diff(changed)

    def _update_own(self, now: float) -> dict[UserId, str | None]:
        """Returns the states that changed in this process since the last sync."""
        before = self.own
        self.own = {
            user_id: HERE if now - self.used_at[user_id] < AWAY_SECONDS else AWAY
            for user_id in self.open.keys() - self.hidden
        }
        changed = changed_states(before, self.own)
        for user_id in changed:
            self.unchecked.setdefault(user_id, now)
        return changed

    async def _restore(self) -> None:
        """Writes the lease and the marks again after the lease expired, or Redis lost it."""
        self.lease_is_complete = await socket_leases.rewrite(self.server, self.own)
        self.all_marked_in = 0

    async def _read_peers(self, renewed: socket_leases.Renewed, now: float) -> None:
        empty = []
        for server in (renewed.servers | renewed.sizes.keys()) - {self.server}:
            if not self._is_due(server, renewed.sizes.get(server), now):
                continue
            users = await socket_leases.read(server)
            if users is None:
                return
            self._replace(server, users, now)
            if not users:
                empty.append(server)
        await socket_leases.unregister(empty)

    def _is_due(self, server: str, size: int | None, now: float) -> bool:
        peer = self.peers.get(server)
        if peer is None or not size:
            return True
        is_different = size != len(peer.users)
        return now - peer.read_at >= (
            READ_DIFFERENT_PEER_SECONDS if is_different else READ_PEER_SECONDS
        )

    def _replace(self, server: str, users: dict[UserId, str], now: float) -> None:
        peer = self.peers.setdefault(server, Peer())
        peer.read_at = now
        self._apply(server, changed_states(peer.users, users), now)
        if not users:
            del self.peers[server]

    def _apply(self, server: str, states: Mapping[UserId, str | None], now: float) -> None:
        users = self.peers.setdefault(server, Peer()).users
        for user_id, state in states.items():
            if state is None:
                users.pop(user_id, None)
            else:
                users[user_id] = state
            self.unchecked[user_id] = now

    async def _mark(self, now: float) -> None:
        """Marks active users about every ten seconds, and all users with a socket every minute."""
        active, self.active = self.active, set()
        due = {user_id for user_id in active - self.hidden if mark_throttle.allow(user_id, now)}
        if self.all_marked_in != minute(now):
            self.all_marked_in = minute(now)
            due |= self.own.keys() & self.open.keys()
        if due:
            await presence.amark_many(due, now)

    def _changes(self, now: float, announce: Diff) -> Changes:
        changes = Changes(announce=announce)
        unchecked, self.unchecked = self.unchecked, {}
        for user_id, at in unchecked.items():
            state = self._state(user_id)
            if state is None:
                if user_id in self.reported:
                    self.leaving.setdefault(user_id, at)
                continue
            self.leaving.pop(user_id, None)
            if user_id not in self.reported:
                changes.arrived.append(user_id)
            if state != self.reported.get(user_id):
                self.reported[user_id] = state
                changes.add(user_id, state)
        self._add_departures(now, changes)
        return changes

    def _add_departures(self, now: float, changes: Changes) -> None:
        for user_id in [u for u, since in self.leaving.items() if now - since >= GRACE_SECONDS]:
            del self.leaving[user_id], self.reported[user_id]
            changes.left.append(user_id)

    def _state(self, user_id: UserId) -> str | None:
        # A user who is here in one process is here, whatever the others have: HERE > AWAY as text.
        everywhere = [self.own, *(peer.users for peer in self.peers.values())]
        return max(filter(None, (users.get(user_id) for users in everywhere)), default=None)


def changed_states(
    before: Mapping[UserId, str], after: Mapping[UserId, str]
) -> dict[UserId, str | None]:
    """Returns {user id: state after}; None for those who left."""
    left = dict.fromkeys(before.keys() - after.keys())
    return left | {user: state for user, state in after.items() if before.get(user) != state}


def to_diff(changed: Mapping[UserId, str | None]) -> Diff:
    found = Diff()
    for user_id, state in changed.items():
        found.add(user_id, state)
    return found
