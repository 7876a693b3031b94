"""A connection to Redis that a test can interrupt."""

import asyncio
from pathlib import Path


class RedisProxy:
    """Forwards a TCP port to a Unix socket. `go_dead()` keeps connections open without data."""

    def __init__(self, socket: Path) -> None:
        self.socket, self.connections = socket, []

    async def open(self) -> str:
        self.server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return f"redis://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/0"

    async def _connect(self, reader, writer) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(self.socket)
        pumps = [self._pump(reader, there_writer), self._pump(there_reader, writer)]
        self.connections += [asyncio.create_task(pump) for pump in pumps]

    async def _pump(self, reader, writer) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    def go_dead(self) -> None:
        for pump in self.connections:
            pump.cancel()

    async def close(self) -> None:
        self.go_dead()
        self.server.close()
