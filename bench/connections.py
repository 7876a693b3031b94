"""What an open, signed-in, idle socket costs, and how fast everybody is back after a restart.

    python -m bench.connections [--sockets 5000]

Each socket is another person's, who is a member of one room.
"""

import argparse
import asyncio
import json
import time

import uvloop

from bench import site
from bench.client import Client, connect

CONNECTING = 50  # at once
SETTLING_SECONDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    options = parser.parse_args()
    valkey = site.prepare()
    try:
        users, _ = site.populate(options.sockets)
        cookies = [site.cookie(user) for user in users]
        with site.running() as (process, port):
            result = uvloop.run(measure(process.pid, port, cookies))
    finally:
        site.clean_up(valkey)
    print("|", " | ".join(result), "|")
    print("|" + "---|" * len(result))
    print("|", " | ".join(map(str, result.values())), "|")
    print(json.dumps(result))


async def measure(pid: int, port: int, cookies: list[str]) -> dict[str, float]:
    warm = await connect_all(port, cookies[:10])
    resident, cpu, started = site.resident_kb(pid), site.cpu_seconds(pid), time.perf_counter()
    clients = warm + await connect_all(port, cookies[10:])
    seconds, spent = time.perf_counter() - started, site.cpu_seconds(pid) - cpu
    await asyncio.sleep(SETTLING_SECONDS)
    idle = site.resident_kb(pid) - resident
    cpu = site.cpu_seconds(pid)
    await asyncio.sleep(SETTLING_SECONDS)
    idling = (site.cpu_seconds(pid) - cpu) / SETTLING_SECONDS
    return {
        "sockets": len(clients),
        "kb_per_socket": round(idle / len(clients), 1),
        "handshake_cpu_ms": round(spent / len(clients) * 1000, 2),
        "connects_per_s": round(len(clients) / seconds),
        "idle_cpu_percent": round(idling * 100, 1),
    }


async def connect_all(port: int, cookies: list[str]) -> list[Client]:
    clients: list[Client] = []
    for start in range(0, len(cookies), CONNECTING):
        some = cookies[start : start + CONNECTING]
        clients += await asyncio.gather(*(connect(port, cookie) for cookie in some))
    return clients


if __name__ == "__main__":
    main()
