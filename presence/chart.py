"""Charts of the number of users online: bars of an SVG, one for each part of a span."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from statistics import fmean

from django.utils.translation import gettext_lazy as _

from presence import history
from presence.clock import Moment, moment, seconds

WIDTH, HEIGHT = 600, 120
# Span -> (its length, minutes of a bar): about fifty bars each.
SPANS = {
    "day": (timedelta(days=1), 30),
    "week": (timedelta(days=7), 180),
    "year": (timedelta(days=365), 7 * 24 * 60),
}

TITLES = {
    "day": _("Online over the last day"),
    "week": _("Online over the last week"),
    "year": _("Online over the last year"),
}


@dataclass(frozen=True)
class Bar:
    start: datetime
    people: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    span: str
    peak: float
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def title(self) -> str:
        return str(TITLES[self.span])


def charts(now: Moment = None) -> list[Chart]:
    at = moment(seconds(now))
    longest = max(age for age, _ in SPANS.values())
    samples = history.series(at - longest)
    return [chart(span, samples, at - age, at, minutes) for span, (age, minutes) in SPANS.items()]


def chart(
    span: str, samples: list[history.Point], since: datetime, until: datetime, minutes: int
) -> Chart:
    means = averages([point for point in samples if point[0] >= since], minutes)
    peak = max((people for _, people in means), default=0)
    scale = WIDTH / (until - since).total_seconds()
    width = minutes * 60 * scale * 0.85  # a gap between bars
    bars = []
    for start, people in means:
        height = HEIGHT * people / peak if peak else 0
        left = (start - since).total_seconds() * scale
        x, end = max(left, 0), min(left + width, WIDTH)
        bars.append(Bar(start, people, x, HEIGHT - height, max(end - x, 0), height))
    return Chart(span, peak, bars)


def averages(samples: list[history.Point], minutes: int) -> list[tuple[datetime, float]]:
    groups = groupby(samples, lambda point: history.floor(point[0], minutes))
    return [(start, fmean(people for _, people in group)) for start, group in groups]
