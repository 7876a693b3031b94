"""How much a peer may send, and how long it may take, before the server gives up on it."""

import resource
from dataclasses import dataclass

DESCRIPTORS_RESERVED = 128  # for the database, Redis, files, listeners, and peers being refused


@dataclass(frozen=True)
class Bounds:
    """Times are in seconds."""

    head_bytes: int = 16 * 1024
    head_seconds: float = 10  # for the whole head, however it arrives
    body_seconds: float = 10  # in each such time at least `body_bytes_per_second` arrive
    body_bytes_per_second: int = 500
    write_seconds: float = 60  # without a byte read by the peer
    linger_seconds: float = 2  # in which a refused peer can still read why
    connections: int = 10_000


def allowed_connections(wanted: int) -> int:
    """Not more than the process can have files open: beyond that the listener itself would fail."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, descriptors - DESCRIPTORS_RESERVED))
