"""Room pages per second on one core, signed in, over ASGI and over WSGI with granian, and the page
of the same room in the usual Django with a view and a template.

    python -m bench.pages [--seconds 5] [--at-once 8]

The page has 50 messages, and the sidebar 20 rooms. In `busy` rows five posts arrive per second, so
that caches do not stay valid.
"""

import argparse
import asyncio
import time
import uuid

import uvloop

from bench import site
from bench.senders import content_length
from bench.tables import show
from bench.targets import USUAL_PAGES, USUAL_SETTINGS, create_usual_table

SERVERS = {
    "chatsite, WSGI": (site.PAGES, {}),
    "chatsite, ASGI": (site.SERVER, {}),
    "usual Django, WSGI": (USUAL_PAGES, USUAL_SETTINGS),
}
PEOPLE, ROOMS, MESSAGES = 200, 20, 200
POSTS_PER_SECOND = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--at-once", type=int, default=8)
    options = parser.parse_args()
    valkey = site.prepare()
    rows = []
    try:
        users, room = site.populate(PEOPLE)
        fill_rooms(users, room)
        create_usual_table()
        cookies = [f"{site.cookie(user)}; csrftoken={'a' * 32}" for user in users[:20]]
        for name, (command, environment) in SERVERS.items():
            with site.running(*command, **environment) as (process, port):
                for busy in (False, True):
                    work = measure(options, process.pid, port, room, users[0], cookies, busy)
                    rows.append({"server": f"{name}, busy" if busy else name, **uvloop.run(work)})
    finally:
        site.clean_up(valkey)
    show(rows)


def fill_rooms(users, room) -> None:
    from chat.services import memberships, rooms

    for number in range(ROOMS):
        other = rooms.create(users[0], f"Room {number}")
        for user in users[1:20]:
            memberships.join(user, other.pk)
    for number in range(MESSAGES):
        post_message(
            users[number % 50], room, f"Message {number}, **some** of it bold, for everybody here."
        )


def post_message(user, room, body: str) -> None:
    from chat.services.post_batch import write
    from chat.services.posts import Post

    write([Post(user, room.pk, uuid.uuid4(), body)])


async def measure(options, pid, port, room, user, cookies, busy) -> dict[str, float]:
    times: list[float] = []
    over = time.perf_counter() + options.seconds
    cpu, own, started = site.cpu_seconds(pid), time.process_time(), time.perf_counter()
    readers = [read(port, room, cookies[n], over, times) for n in range(options.at_once)]
    await asyncio.gather(*readers, write(user, room, over) if busy else asyncio.sleep(0))
    seconds = time.perf_counter() - started
    spent, own = site.cpu_seconds(pid) - cpu, time.process_time() - own
    times.sort()
    return {
        "pages_per_s": round(len(times) / seconds),
        "median_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "server_cpu": round(spent / seconds, 2),
        "load_cpu": round(own / seconds, 2),
    }


async def write(user, room, over: float) -> None:
    while time.perf_counter() < over:
        await asyncio.to_thread(post_message, user, room, f"At {time.perf_counter()}")
        await asyncio.sleep(1 / POSTS_PER_SECOND)


async def read(port, room, cookie: str, over: float, times: list[float]) -> None:
    """Requests pages as a browser on one persistent connection."""
    request = f"GET /rooms/{room.pk}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < over:
        started = time.perf_counter()
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        await reader.readexactly(content_length(head))
        times.append(time.perf_counter() - started)
    writer.close()


if __name__ == "__main__":
    main()
