"""Room pages a second on one core, signed in, by WSGI as in production, by ASGI as in development.

    python -m bench.pages [--seconds 5] [--at-once 8]

Fifty messages on the page, twenty rooms in the sidebar; five posts a second meanwhile in `busy`, so
that nothing stays as it was.
"""

import argparse
import asyncio
import json
import time
import uuid

import uvloop

from bench import site

PEOPLE, ROOMS, MESSAGES = 200, 20, 200
POSTS_PER_SECOND = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--at-once", type=int, default=8)
    options = parser.parse_args()
    valkey = site.prepare()
    try:
        users, room = site.populate(PEOPLE)
        talk(users, room)
        cookies = [f"{site.cookie(user)}; csrftoken={'a' * 32}" for user in users[:20]]
        result = {}
        for name, command in {"wsgi": site.PAGES, "asgi": site.SERVER}.items():
            with site.running(*command) as (process, port):
                for busy in (False, True):
                    cpu = site.cpu_seconds(process.pid)
                    found = uvloop.run(measure(options, port, room, users[0], cookies, busy))
                    spent = (site.cpu_seconds(process.pid) - cpu) / found["seconds"]
                    result[f"{name} busy" if busy else name] = {
                        **found,
                        "server_cpu": round(spent, 2),
                    }
    finally:
        site.clean_up(valkey)
    print("| | seconds | pages/s | median ms | p99 ms | load CPU | server CPU |")
    print("|---|---|---|---|---|---|---|")
    for name, row in result.items():
        print(f"| {name} |", " | ".join(map(str, row.values())), "|")
    print(json.dumps(result))


def talk(users, room) -> None:
    from chat import rooms

    for number in range(ROOMS):
        other = rooms.create(users[0], f"Room {number}")
        for user in users[1:20]:
            rooms.join(user, other.pk)
    for number in range(MESSAGES):
        say(users[number % 50], room, f"Message {number}, **some** of it bold, for everybody here.")


def say(user, room, body: str) -> None:
    from chat.posts import Post, write

    write([Post(user, room.pk, uuid.uuid4(), body)])


async def measure(options, port, room, user, cookies, busy) -> dict[str, float]:
    times: list[float] = []
    over = time.perf_counter() + options.seconds
    cpu, started = time.process_time(), time.perf_counter()
    readers = [read(port, room, cookies[n], over, times) for n in range(options.at_once)]
    await asyncio.gather(*readers, write(user, room, over) if busy else asyncio.sleep(0))
    seconds = time.perf_counter() - started
    times.sort()
    return {
        "seconds": round(seconds, 2),
        "pages_per_s": round(len(times) / seconds),
        "median_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "load_cpu": round((time.process_time() - cpu) / seconds, 2),
    }


async def write(user, room, over: float) -> None:
    while time.perf_counter() < over:
        await asyncio.to_thread(say, user, room, f"At {time.perf_counter()}")
        await asyncio.sleep(1 / POSTS_PER_SECOND)


async def read(port, room, cookie: str, over: float, times: list[float]) -> None:
    """One browser on one kept connection."""
    request = f"GET /rooms/{room.pk}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < over:
        started = time.perf_counter()
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        length = next(line for line in head.lower().split(b"\r\n") if b"content-length" in line)
        await reader.readexactly(int(length.split(b":")[1]))
        times.append(time.perf_counter() - started)
    writer.close()


if __name__ == "__main__":
    main()
