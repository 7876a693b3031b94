"""Charts of the number of users online."""

from datetime import UTC, datetime, timedelta

import pytest

from presence.chart import HEIGHT, WIDTH, charts
from presence.models import Sample

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def chart(span, now=NOON):
    return {chart.span: chart for chart in charts(now)}[span]


def test_without_samples_there_are_no_bars():
    assert [chart.bars for chart in charts(NOON)] == [[], [], []]


def test_a_bar_is_the_mean_of_its_part():
    for minute, people in ((0, 2), (10, 4), (29, 6), (30, 1)):
        Sample.objects.create(at=NOON - HOUR + timedelta(minutes=minute), people=people)
    bars = chart("day").bars
    assert [(bar.start, bar.people) for bar in bars] == [
        (NOON - HOUR, 4),
        (NOON - HOUR / 2, 1),
    ]


def test_the_highest_bar_fills_the_height():
    Sample.objects.create(at=NOON - 2 * HOUR, people=8)
    Sample.objects.create(at=NOON - HOUR, people=2)
    day = chart("day")
    assert day.peak == 8
    assert [(bar.y, bar.height) for bar in day.bars] == [
        (0, HEIGHT),
        (HEIGHT * 3 / 4, HEIGHT / 4),
    ]


def test_all_bars_are_within_the_picture():
    Sample.objects.bulk_create(
        Sample(at=NOON - hours * HOUR, people=hours, minutes=60) for hours in range(400 * 24)
    )
    for drawn in charts(NOON + timedelta(minutes=17)):
        assert 24 <= len(drawn.bars) <= 57
        for bar in drawn.bars:
            assert bar.x >= 0
            assert bar.x + bar.width <= WIDTH + 0.001


def test_a_sample_of_nobody_is_a_bar_without_height():
    Sample.objects.create(at=NOON - HOUR, people=0)
    [bar] = chart("week").bars
    assert bar.height == 0
