"""What is one emoji: the sequences of Unicode's UTS #51 (1.4.9), by blocks and not by its tables,
so that next year's emoji are emoji too."""

import re

from chat.exceptions import Invalid

PICTOGRAPH = (
    r"[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    r"\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa"
    r"\U0001f400-\U0001faff]"
)
SKIN_OR_STYLE = r"[\ufe0f\U0001f3fb-\U0001f3ff]"
PERSON_OR_THING = f"{PICTOGRAPH}{SKIN_OR_STYLE}?"
KEYCAP = r"[#*0-9]\ufe0f?\u20e3"
FLAG = r"[\U0001f1e6-\U0001f1ff]{2}"
REGION = r"\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f"
JOINED_MAX = 4

EMOJI = re.compile(
    rf"{REGION}|{FLAG}|{KEYCAP}|{PERSON_OR_THING}(?:\u200d{PERSON_OR_THING}){{0,{JOINED_MAX}}}"
)


def check(text: str) -> None:
    """Raises Invalid."""
    if not EMOJI.fullmatch(text):
        raise Invalid("A reaction is one emoji.")
