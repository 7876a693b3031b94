"""Open sockets as presence: who has one anywhere, and who came or left since the last look.

Each server process has one `Sockets`, used on its event loop. It writes its people into a lease in
Redis. It knows the other processes' people by what these announce, and by reading their leases now
and then, since an announcement may be lost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import presence
from presence import leases
from presence.clock import Moment, minute, seconds
from presence.leases import AWAY, HERE
from presence.recent import recent

AWAY_SECONDS = 600  # without use of a socket
GRACE_SECONDS = 2.5  # a page that reloads has not left
READ_PEER_SECONDS = 15
READ_ODD_PEER_SECONDS = 2  # where its lease is not of the size that is known


@dataclass
class Diff:
    """User ids. Those of `away` still have sockets open."""

    here: list[int] = field(default_factory=list)
    away: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def add(self, user_id: int, state: str | None) -> None:
        {HERE: self.here, AWAY: self.away, None: self.left}[state].append(user_id)


@dataclass
class Changes(Diff):
    announce: Diff = field(
        default_factory=Diff
    )  # of this process alone: what its peers shall merge


@dataclass
class Peer:
    people: dict[int, str] = field(default_factory=dict)
    read_at: float = 0


class Sockets:
    def __init__(self, server: str) -> None:
        self.server = server
        self.open: Counter[int] = Counter()  # user id -> sockets of theirs in this process
        self.used_at: dict[int, float] = {}
        self.active: set[int] = set()
        self.hidden: set[int] = set()
        self.mine: dict[int, str] = {}  # this process's people as of the last sync
        self.lease_is_sound = False
        self.everybody_marked = 0  # in that minute
        self.peers: dict[str, Peer] = {}
        self.told: dict[int, str] = {}
        self.touched: dict[int, float] = {}  # user id -> when something was heard of them
        self.gone: dict[int, float] = {}  # user id -> since when, not told yet

    def opened(self, user_id: int, now: Moment = None) -> None:
        self.open[user_id] += 1
        self.used(user_id, now)

    def used(self, user_id: int, now: Moment = None) -> None:
        """The person did something, as opposed to their page."""
        if user_id in self.open:
            self.used_at[user_id] = seconds(now)
            self.active.add(user_id)

    def closed(self, user_id: int, now: Moment = None) -> None:
        self.open[user_id] -= 1
        if self.open[user_id] <= 0:
            del self.open[user_id]
            del self.used_at[user_id]
            self.hidden.discard(user_id)
            self.touched[user_id] = seconds(now)

    def leave_at_once(self, user_id: int) -> None:
        """For a user who was shut out: others see it with the next sync, and no mark follows."""
        self.active.discard(user_id)
        if user_id in self.told:
            self.gone[user_id] = 0

    def hide(self, user_id: int, hidden: bool) -> None:
        """Whether a person of this process appears offline; to be said before `opened`."""
        (self.hidden.add if hidden else self.hidden.discard)(user_id)

    def merge(
        self,
        server: str,
        here: Iterable[int],
        left: Iterable[int],
        away: Iterable[int] = (),
        now: Moment = None,
    ) -> None:
        """What a peer announced."""
        states = dict.fromkeys(here, HERE) | dict.fromkeys(away, AWAY) | dict.fromkeys(left)
        self._learn(server, states, seconds(now))

    def here(self) -> set[int]:
        """Everybody with a socket open anywhere, used lately or not, as far as it is known here."""
        return self.told.keys() | (self.open.keys() - self.hidden)

    def away(self) -> set[int]:
        return {user_id for user_id, state in self.told.items() if state == AWAY}

    async def sync(self, now: Moment = None) -> Changes:
        """To be called about once a second. Does not raise where Redis is out of reach."""
        at = seconds(now)
        announce = await self._exchange(at)
        await self._mark(at)
        return self._changes(at, announce)

    async def close(self) -> None:
        """On shutdown: nobody waits for the lease to lapse."""
        await leases.drop(self.server)

    async def _exchange(self, now: float) -> Diff:
        changed = self._look(now)
        renewed = await leases.renew(self.server, changed, bool(self.mine), list(self.peers))
        if renewed is None:
            self.lease_is_sound = False
            return Diff()
        if not self.lease_is_sound or renewed.size != len(self.mine):
            await self._restore()
            changed |= self.mine
        await self._read_peers(renewed, now)
        return diff(changed)

    def _look(self, now: float) -> dict[int, str | None]:
        """What changed in this process since the last sync."""
        before = self.mine
        self.mine = {
            user_id: HERE if now - self.used_at[user_id] < AWAY_SECONDS else AWAY
            for user_id in self.open.keys() - self.hidden
        }
        changed = difference(before, self.mine)
        for user_id in changed:
            self.touched.setdefault(user_id, now)
        return changed

    async def _restore(self) -> None:
        """The lease lapsed, or Redis lost it, and with it the marks."""
        self.lease_is_sound = await leases.rewrite(self.server, self.mine)
        self.everybody_marked = 0

    async def _read_peers(self, renewed: leases.Renewed, now: float) -> None:
        empty = []
        for server in (renewed.servers | renewed.sizes.keys()) - {self.server}:
            if not self._is_due(server, renewed.sizes.get(server), now):
                continue
            people = await leases.read(server)
            if people is None:
                return
            self._replace(server, people, now)
            if not people:
                empty.append(server)
        await leases.forget(empty)

    def _is_due(self, server: str, size: int | None, now: float) -> bool:
        peer = self.peers.get(server)
        if peer is None or not size:
            return True
        is_odd = size != len(peer.people)
        return now - peer.read_at >= (READ_ODD_PEER_SECONDS if is_odd else READ_PEER_SECONDS)

    def _replace(self, server: str, people: dict[int, str], now: float) -> None:
        peer = self.peers.setdefault(server, Peer())
        peer.read_at = now
        self._learn(server, difference(peer.people, people), now)
        if not people:
            del self.peers[server]

    def _learn(self, server: str, states: Mapping[int, str | None], now: float) -> None:
        people = self.peers.setdefault(server, Peer()).people
        for user_id, state in states.items():
            if state is None:
                people.pop(user_id, None)
            else:
                people[user_id] = state
            self.touched[user_id] = now

    async def _mark(self, now: float) -> None:
        """Whoever is active every ten seconds or so, everybody with a socket every minute."""
        active, self.active = self.active, set()
        due = {user_id for user_id in active - self.hidden if recent.due(user_id, now)}
        if self.everybody_marked != minute(now):
            self.everybody_marked = minute(now)
            due |= self.mine.keys() & self.open.keys()
        if due:
            await presence.amark_many(due, now)

    def _changes(self, now: float, announce: Diff) -> Changes:
        changes = Changes(announce=announce)
        touched, self.touched = self.touched, {}
        for user_id, at in touched.items():
            state = self._state(user_id)
            if state is None:
                if user_id in self.told:
                    self.gone.setdefault(user_id, at)
                continue
            self.gone.pop(user_id, None)
            if state != self.told.get(user_id):
                self.told[user_id] = state
                changes.add(user_id, state)
        self._tell_departures(now, changes)
        return changes

    def _tell_departures(self, now: float, changes: Changes) -> None:
        for user_id in [u for u, since in self.gone.items() if now - since >= GRACE_SECONDS]:
            del self.gone[user_id], self.told[user_id]
            changes.left.append(user_id)

    def _state(self, user_id: int) -> str | None:
        # Here in one process is here, whatever the others say: HERE is the greater string.
        everywhere = [self.mine, *(peer.people for peer in self.peers.values())]
        return max(filter(None, (people.get(user_id) for people in everywhere)), default=None)


def difference(before: Mapping[int, str], after: Mapping[int, str]) -> dict[int, str | None]:
    """{user id: state after}; None for who left."""
    left = dict.fromkeys(before.keys() - after.keys())
    return left | {user: state for user, state in after.items() if before.get(user) != state}


def diff(changed: Mapping[int, str | None]) -> Diff:
    found = Diff()
    for user_id, state in changed.items():
        found.add(user_id, state)
    return found
