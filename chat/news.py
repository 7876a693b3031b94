"""Who is here, as news that many sockets share: what is equal is made once."""

import asyncio
from collections.abc import Collection
from typing import Any

from chat.messages import encode
from chat.sockets import Socket
from presence.leases import AWAY, HERE

ADDED_PER_TURN = 2000

News = frozenset[tuple[int, str | None]]  # of people and their states; None: left, or out of sight
NOTHING: News = frozenset()


class Views:
    """What each socket is told. News that are equal are one object, which makes it quick to see,
    and what comes of adding the same to the same is worked out once."""

    def __init__(self) -> None:
        self.news: dict[Socket, News] = {}
        self._sums: dict[tuple[News, News], News] = {}
        self._equals: dict[News, News] = {}
        self._added = 0

    def add(self, sockets: Collection[Socket], news: News) -> None:
        """The larger news first: those that the socket is told already add nothing."""
        if news:
            self._added += len(sockets)
            for socket in sockets:
                self.news[socket] = self.sum(self.news.get(socket, NOTHING), news)

    def sum(self, one: News, other: News) -> News:
        found = self._sums.get((one, other))
        if found is None:
            found = one if other <= one else one | other
            found = self._sums[one, other] = self._equals.setdefault(found, found)
        return found

    async def breathe(self) -> None:
        """The loop does not stand still for more than a few milliseconds."""
        if self._added > ADDED_PER_TURN:
            self._added = 0
            await asyncio.sleep(0)

    def sockets(self) -> dict[News, list[Socket]]:
        found: dict[News, list[Socket]] = {}
        for socket, news in self.news.items():
            found.setdefault(news, []).append(socket)
        return found


def frame(news: News) -> bytes:
    users: dict[str | None, list[int]] = {HERE: [], AWAY: [], None: []}
    for user_id, state in sorted(news, key=lambda item: item[0]):
        users[state].append(user_id)
    frame: dict[str, Any] = {"type": "presence", "here": users[HERE], "left": users[None]}
    return encode(frame | ({"away": users[AWAY]} if users[AWAY] else {}))
