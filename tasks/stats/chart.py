from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..redis.payload import to_datetime

WIDTH, HEIGHT = 600.0, 100.0  # in units of the drawing


@dataclass(slots=True)
class Bar:
    """A bar: the successes are at the bottom, the failures above them."""

    at: datetime | None
    done: int
    failed: int
    x: float
    width: float
    done_height: float
    failed_height: float

    @property
    def done_y(self) -> float:
        return HEIGHT - self.done_height

    @property
    def failed_y(self) -> float:
        return self.done_y - self.failed_height


def bars(minutes: Sequence[dict[str, int]], each: int, now: float) -> list[Bar]:
    """Returns one bar for every `each` minutes, the oldest first. The present minute ends the last
    bar."""
    sums = list(_sums(minutes, each))
    highest = max([done + failed for done, failed in sums] + [1])
    width, first = WIDTH / len(sums), now // 60 - len(minutes) + 1
    return [
        Bar(
            to_datetime((first + number * each) * 60),
            done,
            failed,
            round(number * width, 2),
            round(width * 0.8, 2),
            round(done / highest * HEIGHT, 2),
            round(failed / highest * HEIGHT, 2),
        )
        for number, (done, failed) in enumerate(sums)
    ]


def _sums(minutes: Sequence[dict[str, int]], each: int) -> Iterator[tuple[int, int]]:
    for start in range(0, len(minutes), each):
        part = minutes[start : start + each]
        yield sum(minute["done"] for minute in part), sum(minute["failed"] for minute in part)
