"""Posts a second of one server process: acknowledged after commit, delivered to listening sockets.

    python -m bench.posts [--senders 20] [--in-flight 10] [--listeners 20] [--seconds 10]

Afterwards every acknowledged post is looked up as a row. Then the latency of a lone post to all of
1,000 sockets.
"""

import argparse
import asyncio
import json
import re
import time
import uuid

import uvloop

from bench import site
from bench.client import Client, connect

POSTED = re.compile(rb'"posted","client_id":"([0-9a-f-]{36})"')
LONE_POSTS, LONE_SOCKETS = 50, 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=20)
    parser.add_argument(
        "--in-flight", type=int, default=10, help="posts a sender does not wait for"
    )
    parser.add_argument("--listeners", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    valkey = site.prepare()
    try:
        users, room = site.populate(options.senders + options.listeners)
        cookies = [site.cookie(user) for user in users]
        with site.running() as (process, port):
            result = uvloop.run(measure(options, process.pid, port, room, cookies))
        with site.running() as (process, port):
            result |= uvloop.run(lone(port, room, cookies))
        result["missing_rows"] = missing(result.pop("acknowledged"))
    finally:
        site.clean_up(valkey)
    print("|", " | ".join(result), "|")
    print("|" + "---|" * len(result))
    print("|", " | ".join(map(str, result.values())), "|")
    print(json.dumps(result))


async def measure(options, pid: int, port: int, room, cookies) -> dict:
    listeners = [await connect(port, cookie) for cookie in cookies[: options.listeners]]
    for listener in listeners:
        listener.send(json.dumps({"type": "open", "room": room.pk, "since": None}).encode())
    await asyncio.sleep(0.5)
    known = [listener.bytes for listener in listeners]
    cpu, own, started = site.cpu_seconds(pid), time.process_time(), time.perf_counter()
    senders = [
        Sender(await connect(port, cookie), room.pk) for cookie in cookies[options.listeners :]
    ]
    for sender in senders:
        sender.start(options.in_flight)
    await asyncio.sleep(options.seconds)
    for sender in senders:
        sender.is_over = True
    await asyncio.gather(*(sender.finished() for sender in senders))
    seconds = time.perf_counter() - started
    acknowledged = [client_id for sender in senders for client_id in sender.acknowledged]
    times = sorted(took for sender in senders for took in sender.times)
    await asyncio.sleep(0.5)
    heard = {listener.bytes - before for listener, before in zip(listeners, known, strict=True)}
    if len(heard) != 1:
        raise SystemExit(f"The listeners heard different things: {heard} bytes.")
    return {
        "posts_per_s": round(len(acknowledged) / seconds),
        "deliveries_per_s": round(len(acknowledged) * len(listeners) / seconds),
        "median_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "server_cpu": round((site.cpu_seconds(pid) - cpu) / seconds, 2),
        "load_cpu": round((time.process_time() - own) / seconds, 2),
        "acknowledged": acknowledged,
    }


class Sender:
    """Keeps so many posts under way, and notes when each is acknowledged."""

    def __init__(self, client: Client, room_id: int) -> None:
        self.client, self.room_id = client, room_id
        self.sent: dict[bytes, float] = {}
        self.acknowledged: list[bytes] = []
        self.times: list[float] = []
        self.is_over = False
        client.watch = self._arrived

    def start(self, in_flight: int) -> None:
        for _ in range(in_flight):
            self._post()

    async def finished(self) -> None:
        for _ in range(500):
            if not self.sent:
                return
            await asyncio.sleep(0.02)
        raise SystemExit(f"{len(self.sent)} posts were never acknowledged.")

    def _post(self) -> None:
        client_id = str(uuid.uuid4())
        self.sent[client_id.encode()] = time.perf_counter()
        frame = {"type": "post", "room": self.room_id, "client_id": client_id, "body": BODY}
        self.client.send(json.dumps(frame).encode())

    def _arrived(self, client: Client, data: bytes) -> None:
        for client_id in POSTED.findall(data):
            self.times.append(time.perf_counter() - self.sent.pop(client_id))
            self.acknowledged.append(client_id)
            if not self.is_over:
                self._post()


async def lone(port: int, room, cookies) -> dict[str, float]:
    """From the sending of a post, alone, until the last of LONE_SOCKETS has it."""
    listeners = []
    for number in range(LONE_SOCKETS):
        listeners.append(await connect(port, cookies[number % len(cookies)]))
        opening = {"type": "open", "room": room.pk, "since": None}
        listeners[-1].send(json.dumps(opening).encode())
    await asyncio.sleep(2)
    times = sorted([await last_delivery(listeners, room) for _ in range(LONE_POSTS)])
    return {
        "lone_median_ms": round(times[len(times) // 2] * 1000, 1),
        "lone_worst_ms": round(times[-1] * 1000, 1),
    }


async def last_delivery(listeners: list[Client], room) -> float:
    waiting, done = set(listeners), asyncio.Event()

    def heard(client: Client, data: bytes) -> None:
        if b'"type":"message"' in data:
            waiting.discard(client)
            if not waiting:
                done.set()

    for listener in listeners:
        listener.watch = heard
    frame = {"type": "post", "room": room.pk, "client_id": str(uuid.uuid4()), "body": BODY}
    started = time.perf_counter()
    listeners[0].send(json.dumps(frame).encode())
    await asyncio.wait_for(done.wait(), 30)
    took = time.perf_counter() - started
    await asyncio.sleep(0.05)
    return took


BODY = "The quick brown fox jumps over the lazy dog, and then it asks: what was that for?"


def missing(acknowledged: list[bytes]) -> int:
    from chat.models import Message

    written = {str(pk) for pk in Message.objects.values_list("client_id", flat=True)}
    return sum(client_id.decode() not in written for client_id in acknowledged)


if __name__ == "__main__":
    main()
