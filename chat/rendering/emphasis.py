"""Pairs the runs of * _ and ~~ in a text by CommonMark's rules, with two differences.

Characters of scripts without spaces, such as Han, count as punctuation next to * and ~~. Opening
and closing brackets are told apart next to _.

Source: https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import category

from chat.rendering.scripts import is_punctuation, is_symbol, is_unspaced

TAGS = {("*", 1): "em", ("_", 1): "em", ("*", 2): "strong", ("_", 2): "strong", ("~", 2): "s"}
BEGINS = frozenset(["Ps", "Pi"])
PATH = "./\\"
ARM = "¯"
ENDS = frozenset(["Pe", "Pf"])


@dataclass(slots=True)
class Delimiter:
    """A run of one character. `content` is the number of pieces of text before it. `backslashes` is
    the number of backslashes before it; an odd number makes the run text."""

    char: str
    length: int
    can_open: bool
    can_close: bool
    content: int
    backslashes: int = 0
    left: int = 0
    opened: str = ""
    closed: str = ""
    is_markup: bool = False

    def __post_init__(self) -> None:
        self.left = self.length

    @property
    def is_escaped(self) -> bool:
        return self.backslashes % 2 == 1

    @property
    def html(self) -> str:
        # A backslash is shown if the run would not be markup.
        shown = self.backslashes // 2 if self.is_markup else self.backslashes
        return "\\" * shown + self.closed + self.char * self.left + self.opened


@lru_cache(4096)
def flanks(before: str, after: str, char: str) -> tuple[bool, bool]:
    """Returns whether a run can open, and whether it can close. `before` is the character before
    it, `after` the two after it; they are empty at the ends of the text."""
    if char == "_":
        return underscore_flanks(before, after[:1], after[1:])
    after = after[:1]
    left = not is_space(after) and (not is_punctuation(after) or is_edge(before))
    right = not is_space(before) and (not is_punctuation(before) or is_edge(after))
    return left, right


def underscore_flanks(before: str, after: str, next_after: str) -> tuple[bool, bool]:
    """Returns the same for underscores, which are text within words, paths such as __init__.py, and
    the arms of ¯\\_(ツ)_/¯."""
    opens = is_space(before) or (
        is_punctuation(before) and category(before) not in ENDS and before not in PATH
    )
    closes = is_space(after) or (
        is_punctuation(after) and category(after) not in BEGINS and not goes_on(after, next_after)
    )
    return not is_space(after) and opens, not is_space(before) and closes


def goes_on(after: str, next_after: str) -> bool:
    """Returns whether the rest of a path or an arm follows an underscore."""
    is_end = after in "/\\" and is_space(next_after)
    return after in PATH and (next_after.isalnum() or next_after == ARM or is_end)


def is_space(char: str) -> bool:
    return not char or char.isspace()


def is_edge(char: str) -> bool:
    return is_space(char) or is_punctuation(char) or is_symbol(char) or is_unspaced(char)


def resolve(delimiters: Sequence[Delimiter]) -> None:
    """Sets the tags of each delimiter, and marks escaped delimiters that would have had tags."""
    if any(delimiter.is_escaped for delimiter in delimiters):
        trial = [replace(delimiter) for delimiter in delimiters]
        pair(trial)
        for delimiter, tried in zip(delimiters, trial, strict=True):
            delimiter.is_markup |= delimiter.is_escaped and tried.is_markup
    pair([delimiter for delimiter in delimiters if not delimiter.is_escaped])


def pair(delimiters: Sequence[Delimiter]) -> None:
    """Pairs delimiters in one pass. `bottoms` has, for each kind of search, the opener below which
    it has failed before."""
    openers: list[Delimiter] = []
    bottoms: dict[tuple[str, bool, int], int] = {}
    content = older = 0  # the openers below `older` have text between them and this delimiter
    for delimiter in delimiters:
        if delimiter.content > content:
            content, older = delimiter.content, len(openers)
        while delimiter.can_close and delimiter.left:
            key = (delimiter.char, delimiter.can_open, delimiter.left % 3)
            top = min(older, len(openers))
            at = search(openers, delimiter, top, bottoms.get(key, 0))
            if at is None:
                bottoms[key] = top
                break
            match(openers[at], delimiter)
            del openers[at + 1 :]
            if not openers[at].left:
                openers.pop()
        if delimiter.can_open and delimiter.left:
            openers.append(delimiter)


def search(openers: list[Delimiter], closer: Delimiter, top: int, bottom: int) -> int | None:
    return next((at for at in range(top - 1, bottom - 1, -1) if fits(openers[at], closer)), None)


def fits(opener: Delimiter, closer: Delimiter) -> bool:
    if opener.char != closer.char:
        return False
    if closer.char == "~":
        return opener.length == closer.length == 2
    both = opener.can_close or closer.can_open
    thirds = (opener.length + closer.length) % 3 == 0
    return not (both and thirds and (opener.length % 3 or closer.length % 3))


def match(opener: Delimiter, closer: Delimiter) -> None:
    count = 2 if opener.left >= 2 and closer.left >= 2 else 1
    tag = TAGS[closer.char, count]
    opener.opened = f"<{tag}>{opener.opened}"
    closer.closed += f"</{tag}>"
    opener.left -= count
    closer.left -= count
    opener.is_markup = closer.is_markup = True
