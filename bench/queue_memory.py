"""Memory growth of a worker of our queue: `python -m bench.queue_memory [tasks]`.

One worker process with 4 threads runs 1,000,000 empty tasks, or so many as given, which keep no
result and are queued in batches of 100,000. Prints its memory in megabytes after each batch.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import redis

from bench import queue
from bench.valkey import Valkey

TASKS, BATCH = 1_000_000, 100_000


def main(tasks: int) -> None:
    server = Valkey(Path(tempfile.mkdtemp(prefix="bench-queue-memory-")))
    os.environ["BENCH_REDIS_URL"] = server.url
    try:
        grown = measure(tasks)
    finally:
        server.stop()
    print(json.dumps(grown))


def measure(tasks: int) -> dict[int, int]:
    """Returns the megabytes by the number of tasks run so far."""
    from bench.queues import ours, ours_jobs

    client, grown = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"]), {}
    with queue.workers(ours, 1) as running:
        for done in range(BATCH, tasks + 1, BATCH):
            ours_jobs.forgotten.enqueue_many([()] * BATCH)
            queue.wait_for(client, done, 600)
            grown[done] = queue.megabytes(running[0])
            print(f"{done:,}: {grown[done]} MB", file=sys.stderr)
    return grown


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else TASKS)
