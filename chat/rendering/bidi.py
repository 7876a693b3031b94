"""Names of any script inside sentences of ours.

In HTML an element with `dir="auto"`, or <bdi>, keeps the direction of a name to the name. In titles
and attributes the characters that Unicode has for it do.
"""

import re

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# The blocks of right-to-left scripts: Hebrew, Arabic, Syriac, Thaana, NKo, …
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolate(text: str) -> str:
    """Text that would turn its surroundings around, isolated from them; other text as it is."""
    if not RIGHT_TO_LEFT.search(text):
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
