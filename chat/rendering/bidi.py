"""Isolates the direction of names in texts of another script.

In HTML an element with `dir="auto"`, or <bdi>, does this. In titles and attributes Unicode's
isolate characters do.
"""

import re

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# The blocks of right-to-left scripts: Hebrew, Arabic, Syriac, Thaana, NKo, …
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolate(text: str) -> str:
    """Returns the text, isolated if it has right-to-left characters."""
    if not RIGHT_TO_LEFT.search(text):
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
