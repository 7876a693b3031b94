"""What the site asks of its database driver."""

from typing import Any

# A server that is suddenly gone is detected within seconds, not after minutes.
POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def sqlite(full_sync: bool) -> dict[str, Any]:
    """SQLite waits for its one writer instead of failing: IMMEDIATE takes the write lock when a
    transaction begins, so it can never be refused half-way. docs/deploy.md explains which data is
    kept after a power failure, with `full_sync` and without."""
    synchronous = "FULL" if full_sync else "NORMAL"
    return {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};"
        " PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;",
    }
