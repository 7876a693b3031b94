"""How much a worker of our queue grows: `python -m bench.queue_memory [tasks]`, 1,000,000 of them.

One worker process with 4 threads runs tasks that do nothing and keep no result, queued by the
hundred thousand; its resident megabytes after each of these.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import redis

from bench import queue
from bench.valkey import Valkey

TASKS, AT_ONCE = 1_000_000, 100_000


def main(tasks: int) -> None:
    server = Valkey(Path(tempfile.mkdtemp(prefix="bench-queue-memory-")))
    os.environ["BENCH_REDIS_URL"] = server.url
    try:
        grown = measure(tasks)
    finally:
        server.stop()
    print(json.dumps(grown))


def measure(tasks: int) -> dict[int, int]:
    """Megabytes by the tasks run so far."""
    from bench.queues import ours, ours_jobs

    client, grown = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"]), {}
    with queue.workers(ours, 1) as running:
        for done in range(AT_ONCE, tasks + 1, AT_ONCE):
            ours_jobs.forgotten.enqueue_many([()] * AT_ONCE)
            queue.wait_for(client, done, 600)
            grown[done] = queue.megabytes(running[0])
            print(f"{done:,}: {grown[done]} MB", file=sys.stderr)
    return grown


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else TASKS)
