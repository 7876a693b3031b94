import os
import sys

from bench.queues.rq_peer import enqueue

__all__ = ["enqueue"]
NAME, LOAD, SLOTS = "RQ, forking", 400, 1


def command(slots: int) -> list[str]:
    options = ["--url", os.environ["BENCH_REDIS_URL"], "--quiet"]
    return ["env", "BENCH_FORKS=1", sys.executable, "-m", "rq.cli", "worker", *options]
