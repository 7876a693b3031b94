"""The highest number of each room that this process has seen committed, so that it notices a
database that has forgotten it."""

ROOMS_MAX = 10_000  # 1 MB

_heads: dict[int, int] = {}  # by room id, the one noted last at the end


def note(room_id: int, version: int) -> None:
    """From any thread."""
    _heads[room_id] = max(version, _heads.pop(room_id, 0))
    if len(_heads) > ROOMS_MAX:
        _heads.pop(next(iter(_heads)), None)


def of(room_id: int) -> int:
    return _heads.get(room_id, 0)


def clear() -> None:
    _heads.clear()
