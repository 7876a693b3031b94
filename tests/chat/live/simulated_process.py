"""A hub, as one of two processes, and pages that listen to it. A test moves the clock."""

import time

from chat.events import local
from chat.live.db_threads import run
from chat.live.hub import Hub
from chat.services import room_list
from presence.socket_tracker import GRACE_SECONDS, SocketTracker
from tests.chat.recording_socket import RecordingSocket, delivered


class Page(RecordingSocket):
    """A page that knows the states of people from the frames that it receives."""

    def __init__(self, user) -> None:
        super().__init__(user)
        self.states: dict[int, str] = {}

    def receive_hello(self, here, away) -> None:
        self.states = dict.fromkeys(here, "here") | dict.fromkeys(away, "away")

    def others(self) -> dict[int, str]:
        for frame in self.of("presence"):
            here, away = frame["here"], frame.get("away", [])
            self.states |= dict.fromkeys(here, "here") | dict.fromkeys(away, "away")
            for user_id in frame["left"]:
                self.states.pop(user_id, None)
        self.frames.clear()
        return {pk: state for pk, state in self.states.items() if pk != self.user.pk}


class Process:
    """A process with a hub and a clock. `elsewhere` has the sockets of another process."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.now = time.time()
        self.elsewhere = SocketTracker("elsewhere")
        local.register(self.hub)

    async def open_page(self, user) -> Page:
        page = Page(user)
        self.hub.registry.add(page, await run(room_list.for_hello, user))
        page.receive_hello(**self.hub.registry.presence_changes.for_hello(page))
        return page

    async def pass_seconds(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.now += 1
            there = (await self.elsewhere.sync(self.now)).announce
            self.hub.registry.tracker.merge(
                "elsewhere", there.here, there.left, there.away, self.now
            )
            await self.hub.heartbeat.presence_feed.publish(
                await self.hub.registry.tracker.sync(self.now)
            )
            await delivered(len(self.hub.registry.sockets))

    async def pass_grace_period(self) -> None:
        await self.pass_seconds(int(GRACE_SECONDS) + 2)
