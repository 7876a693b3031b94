"""Deliveries per second from one server process to the sockets of one room, and memory per socket.

    python -m bench.fanout [--sockets 1000] [--seconds 5] [--only chatsite]

Messages arrive through Redis, as from another process. The load process counts bytes on every
socket and sends the next round when all bytes have arrived. The peers follow in turn in the same
run: the usual Channels consumer with both channel layers, and node with ws (if `npm install` was
run in bench/peers/node).
"""

import argparse
import asyncio
import json
import time
import uuid

import uvloop

from bench import site
from bench.client import Client, connect
from bench.tables import show
from bench.targets import Target, targets

CONNECTING = 20  # at once
ROUND_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", default="", help="the name of one server")
    options = parser.parse_args()
    valkey = site.prepare()
    results = []
    try:
        users, room = site.populate(options.sockets)
        cookies = [site.cookie(user) for user in users]
        for target in targets(room):
            if options.only in ("", target.name):
                with site.running(*target.command, **target.environment) as (process, port):
                    work = measure(options, target, process.pid, port, users[0], room, cookies)
                    results.append(uvloop.run(work))
    finally:
        site.clean_up(valkey)
    show(results)


async def measure(options, target: Target, pid, port, author, room, cookies) -> dict:
    resident, cpu, started = site.resident_kb(pid), site.cpu_seconds(pid), time.perf_counter()
    clients: list[Client] = []
    for start in range(0, len(cookies), CONNECTING):
        some = cookies[start : start + CONNECTING]
        clients += await asyncio.gather(*(connect(port, cookie) for cookie in some))
    seconds = time.perf_counter() - started
    result = {
        "server": target.name,
        "sockets": len(clients),
        "connects_per_s": round(len(clients) / seconds),
        "handshake_cpu_ms": round((site.cpu_seconds(pid) - cpu) / len(clients) * 1000, 2),
    }
    await asyncio.sleep(2)
    result["kb_per_socket"] = round((site.resident_kb(pid) - resident) / len(clients), 1)
    opening = json.dumps({"type": "open", "room": room.pk, "since": None}).encode()
    for client in clients:
        client.send(opening)
    await wait_for_silence(clients)
    for in_flight in (16, 1):
        await asyncio.to_thread(site.loop_held_ms, port)
        result |= await deliver(options, target, pid, clients, author, room, in_flight)
        result[f"held_ms_{in_flight}"] = await asyncio.to_thread(site.loop_held_ms, port)
    for client in clients:
        client.transport.abort()
    return result


async def wait_for_silence(clients: list[Client]) -> None:
    """Returns when nothing arrives for two seconds, so all requests are answered."""
    known = -1
    while known != (known := sum(client.bytes for client in clients)):  # noqa: ASYNC110
        await asyncio.sleep(2)


async def deliver(options, target, pid, clients, author, room, in_flight: int) -> dict[str, float]:
    """Sends rounds of `in_flight` messages. Every socket has a round before the next one starts."""
    counter = Counter(clients)
    started, rounds = time.perf_counter(), 0
    cpu, own = site.cpu_seconds(pid), time.process_time()
    while time.perf_counter() - started < options.seconds:
        changes = [change(author, room) for _ in range(in_flight)]
        arrived = counter.expect(sum(wire_size(each["html"]) for each in changes))
        await asyncio.gather(*(target.publish(each) for each in changes))
        await asyncio.wait_for(arrived.wait(), ROUND_SECONDS)
        rounds += 1
    seconds = time.perf_counter() - started
    spent = site.cpu_seconds(pid) - cpu
    deliveries = rounds * in_flight * len(clients)
    return {
        f"per_s_{in_flight}": round(deliveries / seconds),
        f"per_cpu_s_{in_flight}": round(deliveries / max(spent, 0.01)),
        f"load_cpu_{in_flight}": round((time.process_time() - own) / seconds, 2),
    }


class Counter:
    """Counts the bytes of all sockets together."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients, self.received, self.expected = len(clients), 0, 0
        self.arrived = asyncio.Event()
        for client in clients:
            client.watch = self._count

    def expect(self, size: int) -> asyncio.Event:
        self.expected += self.clients * size
        self.arrived.clear()
        return self.arrived

    def _count(self, client: Client, data: bytes) -> None:
        self.received += len(data)
        if self.received >= self.expected:
            self.arrived.set()


def change(author, room):
    from django.utils import timezone

    from chat.models import Message
    from chat.protocol import server_frames

    room.head += 1
    body = "x" * 200
    message = Message(
        pk=room.head,
        room=room,
        author=author,
        client_id=uuid.uuid4(),
        seq=room.head,
        version=room.head,
        body=body,
        html=f"<p>{body}</p>",
        created_at=timezone.now(),
    )
    return server_frames.change(message)


def wire_size(payload: bytes) -> int:
    return len(payload) + (2 if len(payload) < 126 else 4)


if __name__ == "__main__":
    main()
