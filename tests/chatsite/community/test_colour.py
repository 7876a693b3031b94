"""Any accent colour gives readable pages."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsite.community import colour
from chatsite.community.colour import DARK, LIGHT, contrast, from_hex, palette, to_hex

TOKENS = Path(__file__).resolve().parents[3] / "chat/static/chat/tokens.css"
BACKGROUNDS = ("paper", "side", "raised", "sunken", "hover", "faint-hover", "mention")

channels = st.integers(0, 255)
extremes = list(product((0, 128, 255), repeat=3))


def tokens(theme) -> dict[str, str]:
    light, dark = TOKENS.read_text().split("@media (prefers-color-scheme: dark)")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark if theme is DARK else light))


def check(accent, theme) -> None:
    made, fixed = dict(palette(accent, theme)), tokens(theme)
    for name in BACKGROUNDS:
        assert contrast(made["accent"], from_hex(fixed[name])) >= 4.5, name
    assert contrast(made["accent"], made["accent-soft"]) >= 4.5
    for name in ("ink", "ink-2"):
        assert contrast(from_hex(fixed[name]), made["accent-soft"]) >= 4.5
    assert contrast(made["accent-fill"], from_hex(fixed["paper"])) >= 3
    for name in ("accent-fill", "accent-fill-hover"):
        assert contrast(made["on-accent"], made[name]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("accent", extremes, ids=map(to_hex, extremes))
def test_text_is_readable_with_extreme_colours(accent, theme):
    check(accent, theme)


@given(st.tuples(channels, channels, channels))
def test_text_is_readable_with_any_colour(accent):
    check(accent, LIGHT)
    check(accent, DARK)


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48)]
)
def test_the_contrast_is_that_of_wcag(one, other, ratio):
    assert contrast(from_hex(one), from_hex(other)) == pytest.approx(ratio, abs=0.01)
    assert contrast(from_hex(other), from_hex(one)) == contrast(from_hex(one), from_hex(other))


def test_a_readable_colour_stays_as_it_is():
    made = dict(palette(from_hex("#0b66b8"), LIGHT))
    assert to_hex(made["accent"]) == to_hex(made["accent-fill"]) == "#0b66b8"


def test_the_stylesheet_has_both_themes():
    css = colour.stylesheet(from_hex("#7a1fa2"))
    assert css.count("--accent-fill: #") == 2
    assert "@media (prefers-color-scheme: dark)" in css
