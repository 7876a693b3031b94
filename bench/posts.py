"""Posts per second on one core: acknowledged after the commit, delivered to listening sockets.

    python -m bench.posts [--senders 20] [--in-flight 10] [--listeners 20] [--seconds 10]

Posts go over a WebSocket, over the API to the process with the sockets, and over the API to a
granian process on the same core. Each acknowledged post must have a row afterwards. The usual
Channels consumer follows in turn on both layers. Another measurement is the latency of a single
post to 1,000 sockets.
"""

import argparse
import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable

import uvloop

from bench import site
from bench.client import Client, connect
from bench.senders import ApiSender, Sender, SocketSender, post_frame
from bench.tables import show
from bench.targets import Target, create_usual_table, targets

SINGLE_POSTS, SINGLE_POST_SOCKETS = 50, 1000
API_IN_FLIGHT = 1  # of each sender
CHECKS = 20  # one each half second
SILENT_SECONDS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, default=20)
    parser.add_argument(
        "--in-flight", type=int, default=10, help="posts that a sender has under way"
    )
    parser.add_argument("--listeners", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", default="", help="the name of one server")
    options = parser.parse_args()
    valkey = site.prepare()
    rows = []
    try:
        users, room = site.populate(options.senders + options.listeners)
        create_usual_table()
        cookies = [site.cookie(user) for user in users]
        tokens = [site.token(user) for user in users[: options.senders]]
        for target in targets(room)[:3]:  # node has no database
            if options.only in ("", target.name):
                rows.append(measure_socket(options, target, room, cookies))
                if target.name == "chatsite":
                    rows += measure_api(options, target, room, cookies, tokens)
                    rows = [row | {"missing_rows": missing(row["acknowledged"])} for row in rows]
    finally:
        site.clean_up(valkey)
    show([without(row, "acknowledged") for row in rows])


def without(row: dict, column: str) -> dict:
    return {name: value for name, value in row.items() if name != column}


def measure_socket(options, target: Target, room, cookies) -> dict:
    async def senders(port: int) -> list[Sender]:
        chosen = cookies[: options.senders]
        return [SocketSender(room.pk, await connect(port, cookie)) for cookie in chosen]

    row = {"server": f"{target.name}, WebSocket"}
    with running(target) as (process, port):
        work = measure(options, [process.pid], port, room, cookies, senders, options.in_flight)
        row |= uvloop.run(work)
    with running(target) as (process, port):
        row |= uvloop.run(measure_single_posts(port, room, cookies))
    return row


def measure_api(options, target: Target, room, cookies, tokens) -> list[dict]:
    rows = []
    with running(target) as (process, port), site.running(*site.PAGES) as (pages, pages_port):
        separate = ("API over WSGI next to it", pages_port, [process.pid, pages.pid])
        for name, api_port, pids in (("API over ASGI", port, [process.pid]), separate):

            async def senders(_, api_port=api_port) -> list[Sender]:
                return [ApiSender(room.pk, api_port, token) for token in tokens]

            found = measure(options, pids, port, room, cookies, senders, API_IN_FLIGHT)
            rows.append({"server": f"{target.name}, {name}", **uvloop.run(found)})
    return rows


def running(target: Target):
    return site.running(*target.command, **target.environment)


async def measure(
    options,
    pids: list[int],
    port: int,
    room,
    cookies: list[str],
    make_senders: Callable[[int], Awaitable[list]],
    in_flight: int,
) -> dict[str, object]:
    listeners = await open_listeners(port, cookies[-options.listeners :], room)
    known = [listener.bytes for listener in listeners]
    senders = await make_senders(port)
    cpu, own, started = cpu_seconds(pids), time.process_time(), time.perf_counter()
    for sender in senders:
        sender.start(in_flight)
    await asyncio.sleep(options.seconds)
    for sender in senders:
        sender.is_over = True
    await asyncio.gather(*(sender.finished() for sender in senders))
    seconds, spent = time.perf_counter() - started, cpu_seconds(pids) - cpu
    own = time.process_time() - own
    acknowledged = [client_id for sender in senders for client_id in sender.acknowledged]
    times = sorted(seconds_taken for sender in senders for seconds_taken in sender.times)
    await check_equal_bytes(listeners, known)
    return {
        "posts_per_s": round(len(acknowledged) / seconds),
        "deliveries_per_s": round(len(acknowledged) * len(listeners) / seconds),
        "median_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "server_cpu": round(spent / seconds, 2),
        "load_cpu": round(own / seconds, 2),
        "acknowledged": acknowledged,
    }


async def check_equal_bytes(listeners: list[Client], known: list[int]) -> None:
    for _ in range(CHECKS):
        await asyncio.sleep(0.5)
        received = {
            listener.bytes - before for listener, before in zip(listeners, known, strict=True)
        }
        if len(received) == 1:
            return
    raise SystemExit(f"The listeners received different numbers of bytes: {received}.")


def cpu_seconds(pids: list[int]) -> float:
    return sum(map(site.cpu_seconds, pids))


async def open_listeners(port: int, cookies: list[str], room) -> list[Client]:
    """Connects the listeners and opens the room, on servers that know this frame."""
    clients = [await connect(port, cookie) for cookie in cookies]
    for client in clients:
        client.send(json.dumps({"type": "open", "room": room.pk, "since": None}).encode())
    await wait_for_silence(clients)
    return clients


async def wait_for_silence(clients: list[Client]) -> None:
    """Waits until nothing arrives, as not all servers answer when a room is opened."""
    known, received = -1, 0
    while received != known:
        known = received
        await asyncio.sleep(SILENT_SECONDS)
        received = sum(client.bytes for client in clients)


async def measure_single_posts(port: int, room, cookies: list[str]) -> dict[str, float]:
    """Measures the time from sending a single post until the last of SINGLE_POST_SOCKETS has it."""
    everybody = [cookies[number % len(cookies)] for number in range(SINGLE_POST_SOCKETS)]
    listeners = await open_listeners(port, everybody, room)
    times = sorted([await last_delivery(listeners, room) for _ in range(SINGLE_POSTS)])
    return {
        "single_median_ms": round(times[len(times) // 2] * 1000, 1),
        "single_worst_ms": round(times[-1] * 1000, 1),
    }


async def last_delivery(listeners: list[Client], room) -> float:
    waiting, done = set(listeners), asyncio.Event()

    def on_data(client: Client, data: bytes) -> None:
        if b'"type":"message"' in data:
            waiting.discard(client)
            if not waiting:
                done.set()

    for listener in listeners:
        listener.watch = on_data
    started = time.perf_counter()
    listeners[0].send(post_frame(room.pk, str(uuid.uuid4())))
    await asyncio.wait_for(done.wait(), 30)
    seconds_taken = time.perf_counter() - started
    await asyncio.sleep(0.05)
    return seconds_taken


def missing(acknowledged: list[str]) -> int:
    from chat.models import Message

    written = {str(pk) for pk in Message.objects.values_list("client_id", flat=True)}
    return sum(client_id not in written for client_id in acknowledged)


if __name__ == "__main__":
    main()
