"""Limits on the data that a peer may send, and on the time that it may take."""

import resource
from dataclasses import dataclass

DESCRIPTORS_RESERVED = 128  # for the database, Redis, files, listeners, and peers being refused


@dataclass(frozen=True)
class Bounds:
    """Times are in seconds."""

    head_bytes: int = 16 * 1024
    head_seconds: float = 10  # for the whole head
    body_seconds: float = 10  # the interval in which the rate is checked
    body_bytes_per_second: int = 500
    write_seconds: float = 60  # in which the peer has to read something
    linger_seconds: float = 2  # in which a refused peer can still read the response
    connections: int = 10_000


def allowed_connections(wanted: int) -> int:
    """Returns at most as many as the process can have open files: with more, the listener itself
    would fail."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, descriptors - DESCRIPTORS_RESERVED))
