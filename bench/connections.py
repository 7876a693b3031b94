"""The cost of an open, signed-in, idle socket, and the speed of reconnecting after a restart.

    python -m bench.connections [--sockets 5000] [--only chatsite]

Each socket belongs to a different user. All users are members of one room. The peers follow in
turn; the sockets of node are not signed in.
"""

import argparse
import asyncio
import time

import uvloop

from bench import site
from bench.client import Client, connect
from bench.tables import show
from bench.targets import targets

CONNECTING = 50  # at once
SETTLING_SECONDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--only", default="", help="the name of one server")
    options = parser.parse_args()
    valkey = site.prepare()
    rows = []
    try:
        users, room = site.populate(options.sockets)
        cookies = [site.cookie(user) for user in users]
        for target in targets(room):
            if options.only in ("", target.name):
                with site.running(*target.command, **target.environment) as (process, port):
                    found = uvloop.run(measure(process.pid, port, cookies))
                    rows.append({"server": target.name, **found})
    finally:
        site.clean_up(valkey)
    show(rows)


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
    for client in clients:
        client.transport.abort()
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
