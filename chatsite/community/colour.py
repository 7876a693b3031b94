"""Makes the accent colours of the pages from one colour, so that every text on or in them is
readable: the contrast is at least 4.5, and 3 for an area, as WCAG 2.2 defines it.

A colour is a tuple of red, green and blue, from 0 to 255.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Colour = tuple[int, int, int]

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
TEXT_CONTRAST, AREA_CONTRAST = 4.5, 3.0
STEP = 0.02
STRONGER, HOVERED = 0.2, 0.12  # how much a hovered link and a hovered button differ


@dataclass(frozen=True)
class Theme:
    """The colours of chat/static/chat/tokens.css that the accent meets."""

    paper: Colour
    areas: tuple[Colour, ...]  # those behind text that are nearest to its colour
    muted: Colour  # the palest text
    pole: Colour  # the colour that text is mixed with until it is readable
    soft: float  # the share of the accent in --accent-soft


LIGHT = Theme((255, 255, 255), ((0xE9, 0xEB, 0xEF),), (0x56, 0x5D, 0x68), BLACK, 0.12)
DARK = Theme(
    (0x19, 0x1B, 0x1F), ((0x23, 0x27, 0x2D), (0x2B, 0x29, 0x17)), (0xA3, 0xAB, 0xB6), WHITE, 0.2
)


def stylesheet(accent: Colour) -> str:
    light, dark = rule(accent, LIGHT), rule(accent, DARK)
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def rule(accent: Colour, theme: Theme) -> str:
    lines = "".join(f"  --{name}: {to_hex(value)};\n" for name, value in palette(accent, theme))
    return f":root {{\n{lines}}}"


def palette(accent: Colour, theme: Theme) -> Iterable[tuple[str, Colour]]:
    """Yields the custom properties of one theme, without their dashes."""
    soft = softened(accent, theme)
    text = contrasting(accent, [theme.paper, *theme.areas, soft], theme.pole, TEXT_CONTRAST)
    fill = contrasting(accent, [theme.paper], theme.pole, AREA_CONTRAST)
    on_fill = max(WHITE, BLACK, key=lambda ink: contrast(ink, fill))
    yield "accent", text
    yield "accent-strong", mixed(text, theme.pole, STRONGER)
    yield "accent-fill", fill
    yield "accent-fill-hover", mixed(fill, BLACK if on_fill == WHITE else WHITE, HOVERED)
    yield "on-accent", on_fill
    yield "accent-soft", soft


def softened(accent: Colour, theme: Theme) -> Colour:
    """Returns the background of what is chosen. Muted text stays readable on it."""
    share = theme.soft
    while contrast(soft := mixed(theme.paper, accent, share), theme.muted) < TEXT_CONTRAST:
        share -= STEP
    return soft


def contrasting(colour: Colour, areas: list[Colour], pole: Colour, ratio: float) -> Colour:
    """Returns the colour, mixed with the pole until it contrasts with all areas."""
    share = 0.0
    while share < 1 and min(contrast(mixed(colour, pole, share), area) for area in areas) < ratio:
        share += STEP
    return mixed(colour, pole, min(share, 1))


def contrast(one: Colour, other: Colour) -> float:
    """Returns the contrast ratio, from 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    red, green, blue = (linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def from_hex(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def to_hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
