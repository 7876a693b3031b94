"""The speed of task queues and the tasks that they lose: `python -m bench.queue [ours huey ...]`.

Measures ours and in turn each installed peer of bench/requirements.txt, with the settings that its
documentation recommends for production, on a Valkey with an append-only file:

- empty tasks per second with one worker process and with two
- milliseconds from queueing to the start of a task on an idle worker: median and 99th of a hundred
- tasks queued per second, one by one and in bulk
- 200 tasks of 50 ms on two workers, one of which is killed (SIGKILL): the number that is not done
  after 30 s, or the seconds until all were done
- seconds until 200 tasks of 1 ms were done that were queued after one of 3 s, with 2 slots
- megabytes of the worker after the throughput test; shared memory of its processes counts once
"""

import argparse
import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from types import ModuleType

import redis

from bench.tables import show
from bench.valkey import Valkey

PEERS = ["ours", "huey", "dramatiq", "celery", "rq", "rq_forking", "arq", "taskiq"]
NEEDS = {"rq_forking": "rq", "ours": "django"}
ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, PATIENCE_SECONDS, THROUGHPUT_SECONDS = 30.0, 30.0, 20.0
STAMPS, QUEUED, LOST, SHORT = 100, 2_000, 200, 200


def main(names: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-queue-"))
    server = Valkey(folder)
    os.environ["BENCH_REDIS_URL"] = server.url
    try:
        rows = [measure(peer) for peer in installed(names)]
    finally:
        server.stop()
    show(rows)


def installed(names: list[str]) -> Iterator[ModuleType]:
    for name in names or PEERS:
        if importlib.util.find_spec(NEEDS.get(name, name)):
            suffix = "" if name == "ours" else "_peer"
            yield importlib.import_module(f"bench.queues.{name}{suffix}")


def measure(peer: ModuleType) -> dict:
    client = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])
    row = {"what": peer.NAME}
    row["1"], megabytes_used = throughput(peer, client, 1)
    row["2"], _ = throughput(peer, client, 2)
    row["median"], row["p99"] = latency(peer, client)
    row["enqueue"], row["many"] = queueing(peer, client)
    row["after a kill"] = kill(peer, client)
    row["behind 3 s"] = slow(peer, client)
    row["MB"] = megabytes_used
    print(json.dumps(row), file=sys.stderr)
    return row


def throughput(peer: ModuleType, client: redis.Redis, processes: int) -> tuple[int, int]:
    """Returns tasks per second after the first tenth of the load, and megabytes of a worker."""
    client.flushall()
    many = getattr(peer, "enqueue_many", None)
    if many:
        many("noop", [()] * peer.LOAD)
    else:
        for _ in range(peer.LOAD):
            peer.enqueue("noop")
    with workers(peer, processes) as running:
        began, first = wait_for(client, peer.LOAD * 0.1, START_SECONDS)
        ended, last = wait_for(client, peer.LOAD * 0.95, THROUGHPUT_SECONDS)
        return round((last - first) / (ended - began)), megabytes(running[0])


def wait_for(client: redis.Redis, count: float, seconds: float) -> tuple[float, int]:
    deadline = time.time() + seconds
    while (done := sum(map(int, client.hvals("bench:done")))) < count and time.time() < deadline:
        time.sleep(0.01)
    return time.time(), done


def latency(peer: ModuleType, client: redis.Redis) -> tuple[float, float]:
    client.flushall()
    with workers(peer, 1):
        until_ready(peer, client)
        stamps = []
        for _ in range(STAMPS):
            peer.enqueue("stamp", time.time())
            stamps.append(float(client.blpop(["bench:latency"], START_SECONDS)[1]) * 1000)
            time.sleep(0.02)
    return round(median(stamps), 1), round(quantiles(stamps, n=100)[98], 1)


def queueing(peer: ModuleType, client: redis.Redis) -> tuple[int, int | None]:
    client.flushall()
    began = time.perf_counter()
    for _ in range(QUEUED):
        peer.enqueue("noop")
    one_by_one = round(QUEUED / (time.perf_counter() - began))
    if not hasattr(peer, "enqueue_many"):
        return one_by_one, None
    began = time.perf_counter()
    peer.enqueue_many("noop", [()] * QUEUED * 10)
    return one_by_one, round(QUEUED * 10 / (time.perf_counter() - began))


def kill(peer: ModuleType, client: redis.Redis) -> str:
    client.flushall()
    with workers(peer, 2) as running:
        until_ready(peer, client, 2)
        for number in range(LOST):
            peer.enqueue("mark", number, 0.05)
        until(lambda: client.scard("bench:ran") >= 20, START_SECONDS)
        end(running[0])
        began = time.time()
        if until(lambda: client.scard("bench:ran") == LOST, PATIENCE_SECONDS):
            return f"all in {time.time() - began:.1f} s"
        return f"{LOST - client.scard('bench:ran')} missing"


def slow(peer: ModuleType, client: redis.Redis) -> float | None:
    """Returns the seconds until the short tasks are done, or None after half a minute."""
    client.flushall()
    with workers(peer, 1 if peer.SLOTS > 1 else 2, slots=2):
        until_ready(peer, client)
        began = time.time()
        peer.enqueue("mark", "slow", 3)
        for number in range(SHORT):
            peer.enqueue("mark", number, 0.001)
        done = until(lambda: client.scard("bench:ran") - is_member(client) == SHORT, 30)
        return round(time.time() - began, 2) if done else None


def is_member(client: redis.Redis) -> int:
    return int(client.sismember("bench:ran", "slow"))


def until_ready(peer: ModuleType, client: redis.Redis, processes: int = 1) -> None:
    """Returns when each worker has run a task."""
    deadline = time.time() + START_SECONDS
    while client.scard("bench:workers") < processes and time.time() < deadline:
        peer.enqueue("stamp", time.time())
        time.sleep(0.05)
    time.sleep(1)
    client.delete("bench:latency")


def until(condition, seconds: float) -> bool:
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def workers(
    peer: ModuleType, processes: int, slots: int | None = None
) -> Iterator[list[subprocess.Popen]]:
    command = peer.command(slots or peer.SLOTS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for _ in range(processes)
    ]  # fmt: skip
    try:
        yield running
    finally:
        for process in running:
            end(process)


def end(process: subprocess.Popen) -> None:
    """Kills the process with its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def megabytes(process: subprocess.Popen) -> int:
    """Returns the memory of the process and its children."""
    command = ["ps", "-o", "pid=", "-s", str(process.pid)]
    pids = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return round(sum(int(text.partition("\nPss:")[2].split()[0]) for text in texts) / 1024)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peers", nargs="*", metavar="peer", help=f"one of {', '.join(PEERS)}")
    chosen = parser.parse_args().peers
    if unknown := set(chosen) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    main(chosen)
