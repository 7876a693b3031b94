"""Deliveries a second of one server process to the sockets of one room.

    python -m bench.fanout [--sockets 1000] [--seconds 5]

Events go in through the site's channel layer, as another process would send them; the load process
counts bytes on every socket and waits until all have come before it sends the next.
"""

import argparse
import asyncio
import json
import time
import uuid

import uvloop

from bench import site
from bench.client import connect

CONNECTING = 20  # at once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    valkey = site.prepare()
    try:
        users, room = site.populate(options.sockets)
        cookies = [site.cookie(user) for user in users]
        with site.running() as (process, port):
            uvloop.run(measure(options, process.pid, port, users, room, cookies))
    finally:
        site.clean_up(valkey)


async def measure(options, pid, port, users, room, cookies) -> None:
    idle = site.resident_kb(pid)
    started, cpu = time.perf_counter(), site.cpu_seconds(pid)
    clients = []
    for start in range(0, len(cookies), CONNECTING):
        some = cookies[start : start + CONNECTING]
        clients += await asyncio.gather(*(connect(port, cookie) for cookie in some))
    opening = json.dumps({"type": "open", "room": room.pk, "since": None}).encode()
    handshake_ms = (site.cpu_seconds(pid) - cpu) / len(clients) * 1000
    for client in clients:
        client.send(opening)
    await asyncio.sleep(2)
    result = {
        "sockets": len(clients),
        "connects_per_s": round(len(clients) / (time.perf_counter() - started - 2)),
        "handshake_cpu_ms": round(handshake_ms, 2),
        "kb_per_socket": round((site.resident_kb(pid) - idle) / len(clients), 1),
    }
    for in_flight in (16, 1):
        result[f"in_flight_{in_flight}"] = await deliver(
            options, pid, clients, users[0], room, in_flight
        )
    print_table(result)
    print(json.dumps(result))


async def deliver(options, pid, clients, author, room, in_flight: int) -> dict[str, float]:
    """Rounds of `in_flight` messages, each round delivered to everybody before the next."""
    expected, arrived = 0, asyncio.Event()
    total = 0

    def count(client, data) -> None:
        nonlocal total
        total += len(data)
        if total >= expected:
            arrived.set()

    for client in clients:
        client.watch = count
    deadline = time.perf_counter() + options.seconds
    started, rounds = time.perf_counter(), 0
    cpu, own = site.cpu_seconds(pid), time.process_time()
    while time.perf_counter() < deadline:
        frames = [change(author, room) for _ in range(in_flight)]
        expected += len(clients) * sum(wire_size(frame["html"]) for frame in frames)
        arrived.clear()
        await asyncio.gather(*(publish(room, frame) for frame in frames))
        await asyncio.wait_for(arrived.wait(), 30)
        rounds += 1
    seconds = time.perf_counter() - started
    for client in clients:
        client.watch = None
    return {
        "deliveries_per_s": round(rounds * in_flight * len(clients) / seconds),
        "frame_bytes": len(frames[0]["html"]),
        "server_cpu": round((site.cpu_seconds(pid) - cpu) / seconds, 2),
        "load_cpu": round((time.process_time() - own) / seconds, 2),
    }


def change(author, room):
    from django.utils import timezone

    from chat import messages
    from chat.models import Message

    room.head += 1
    body = "x" * 200
    message = Message(
        pk=room.head, room=room, author=author, client_id=uuid.uuid4(), seq=room.head,
        version=room.head, body=body, html=f"<p>{body}</p>", created_at=timezone.now(),
    )  # fmt: skip
    return messages.change(message)


async def publish(room, frame) -> None:
    from channels.layers import get_channel_layer

    event = {"kind": "changes", "room": room.pk, "changes": [frame]}
    number = frame["version"]
    message = {"type": "chat.events", "origin": "bench", "number": number, "events": [event]}
    await get_channel_layer().group_send("chat", message)


def wire_size(payload: bytes) -> int:
    return len(payload) + (2 if len(payload) < 126 else 4)


def print_table(result) -> None:
    print("| in flight | deliveries/s | server CPU | load CPU |\n|---|---|---|---|")
    for in_flight in (16, 1):
        row = result[f"in_flight_{in_flight}"]
        cells = [f"{row['deliveries_per_s']:,}", row["server_cpu"], row["load_cpu"]]
        print(f"| {in_flight} |", " | ".join(map(str, cells)), "|")


if __name__ == "__main__":
    main()
