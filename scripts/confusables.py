"""Writes chat/names/confusables.txt: sets of characters that look alike (Unicode UTS #39).

Run it after a new release of confusable-homoglyphs, which ships Unicode's own list as JSON:

    pip install confusable-homoglyphs
    python scripts/confusables.py

Each line has the text that the characters look like, a space, and the characters. Characters that
NFKC replaces are left out. A new list changes the keys of names: add a migration that writes them
again.
"""

import json
import unicodedata
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from string import ascii_lowercase

TARGET = Path(__file__).resolve().parent.parent / "chat" / "names" / "confusables.txt"
LEFT_TO_RIGHT_MARK = "\u200e"  # around right-to-left characters in Unicode's list
PALOCHKA = "\u04cf"  # Unicode's list says i
# Characters that Unicode's list lacks: (looks like, characters).
ADDED = [
    *zip("abcdefghjklmnprt", "ᴀʙᴄᴅᴇꜰɢʜᴊᴋʟᴍɴᴘʀᴛ", strict=True),
    *zip(ascii_lowercase, "🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩", strict=True),
    *zip(ascii_lowercase, "🅰🅱🅲🅳🅴🅵🅶🅷🅸🅹🅺🅻🅼🅽🅾🅿🆀🆁🆂🆃🆄🆅🆆🆇🆈🆉", strict=True),
    ("l", PALOCHKA),
    ("vv", "w"),
]


def main() -> None:
    text = files("confusable_homoglyphs").joinpath("confusables.json").read_text()
    parents: dict[str, str] = {}

    def root(text: str) -> str:
        parents.setdefault(text, text)
        while parents[text] != text:
            text = parents[text]
        return text

    for source, targets in json.loads(text).items():
        for target in targets:
            if PALOCHKA not in {source, target["c"]}:
                parents[root(plain(source))] = root(plain(target["c"]))
    for looks_like, character in ADDED:
        parents[root(character)] = root(looks_like)
    sets = defaultdict(list)
    for text in parents:
        sets[root(text)].append(text)
    lines = sorted(filter(None, map(line, sets.values())))
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plain(text: str) -> str:
    return text.replace(LEFT_TO_RIGHT_MARK, "")


def line(texts: list[str]) -> str:
    looks_like = min(texts, key=rank)
    others = sorted(text for text in texts if is_kept(text) and text != looks_like)
    if not others or any(character.isspace() for character in looks_like):
        return ""
    return f"{looks_like} {''.join(others)}"


def rank(text: str) -> tuple:
    """Returns a sort key: texts of several characters first, then ASCII letters."""
    letter = text.isascii() and text.isalpha()
    return len(text) == 1, not letter, not text.islower(), not text.isascii(), text


def is_kept(text: str) -> bool:
    return len(text) == 1 and unicodedata.normalize("NFKC", text) == text and not text.isspace()


if __name__ == "__main__":
    main()
