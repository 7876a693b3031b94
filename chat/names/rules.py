"""One rule for every name that people see: of people, rooms, topics, tokens, bots, keys.

A name is normalized, each of its characters can be seen, and no word of it mixes alphabets (the
"highly restrictive" level of Unicode's UTS #39). Names that look alike have a key in common.
"""

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path

import unicodedataplus as unicode

from chat.exceptions import Invalid

KEY_CHARACTERS = 32
MARKS_MAX = 3  # on one letter: Hebrew needs them
COMMON_MARKS_MAX = 2  # of those that go with any alphabet; most letters have theirs built in
INVISIBLE_CATEGORIES = {
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
}  # categories: control, format, half, private, unassigned
VISIBLE_CATEGORIES = {*("Ll", "Lm", "Lo", "Lt", "Lu"), *("Nd", "Nl", "No"), *("Sc", "Sm", "So")}
SELECTORS = {*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
# What is drawn as nothing although its category does not say so.
BLANK = SELECTORS | set(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc\U0001d159"
)
TEXT_STYLE, EMOJI_STYLE, KEYCAP = "\ufe0e", "\ufe0f", "\u20e3"
ANY_ALPHABET = {"Zinh", "Zyyy"}  # Unicode's codes
KEYCAPS = set("0123456789#*")
NON_JOINER, JOINER = "\u200c", "\u200d"
IGNORED = SELECTORS | {NON_JOINER, JOINER}
# Alphabets in which a letter's form depends on joiners.
JOINING = {
    *("Arabic", "Syriac", "Nko", "Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati"),
    *("Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar"),
}
MIXES = [
    {"Latin", "Han", "Hiragana", "Katakana"},
    {"Latin", "Han", "Bopomofo"},
    {"Latin", "Han", "Hangul"},
]
CONFUSABLES = Path(__file__).with_name("confusables.txt")


def clean(text: str) -> str:
    """The text in one line and in NFC; empty if there is none. Raises Invalid with a sentence that
    says what is wrong."""
    text = unicode.normalize("NFC", " ".join(text.split()))
    if text.isascii() and text.isprintable():
        return require_visible(text)
    for place in range(len(text)):
        check_character(text, place)
    for word in re.findall(r"\S+", text):
        check_marks(word)
        check_alphabets(word)
    return require_visible(text)


def require_visible(text: str) -> str:
    shown = any(unicode.category(character) in VISIBLE_CATEGORIES for character in text)
    if text and not shown:
        raise Invalid("Use at least one letter, digit or symbol.")
    return text


def check_character(text: str, place: int) -> None:
    character = text[place]
    known = unicode.is_extended_pictographic(character)  # also emoji of the years to come
    unseen = unicode.category(character) in INVISIBLE_CATEGORIES and not known
    if (unseen or character in BLANK) and not has_effect(text, place):
        code = f"U+{ord(character):04X} {unicode.name(character, '')}".strip()
        raise Invalid(f"Remove the invisible character {code}.")


def has_effect(text: str, place: int) -> bool:
    """Whether a joiner or a variation selector is where its neighbours need it."""
    character, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if character == EMOJI_STYLE and after == KEYCAP:
        return before in KEYCAPS
    if character in (TEXT_STYLE, EMOJI_STYLE):
        return is_pictograph(before)
    if character == JOINER and is_pictograph(after):
        return is_pictograph(before) or before == EMOJI_STYLE or is_skin_tone(before)
    if character in (JOINER, NON_JOINER) and before and after:
        return alphabets(before) == alphabets(after) != set() and alphabets(after) <= JOINING
    return False


def is_pictograph(character: str) -> bool:
    return character != "" and unicode.is_extended_pictographic(character)


def is_skin_tone(character: str) -> bool:
    return character != "" and unicode.is_emoji_modifier(character)


def check_marks(word: str) -> None:
    """A mark needs a letter before it, and a letter has few."""
    stacks = [""]
    for character in word:
        if is_mark(character):
            stacks[-1] += character
        else:
            stacks.append(character)
    first, *others = stacks
    if first or not all(is_legible(stack[0], stack[1:]) for stack in others):
        raise Invalid(f"“{word}” has too many marks on a letter, or marks of another alphabet.")


def is_mark(character: str) -> bool:
    return unicode.category(character).startswith("M") and character not in BLANK


def is_legible(base: str, marks: str) -> bool:
    if any(unicode.category(mark) == "Me" for mark in marks):  # it encloses what is before it
        return marks == KEYCAP and base in KEYCAPS | {EMOJI_STYLE}
    if not all(goes_with(mark, base) for mark in marks):
        return False
    common = sum(unicode.script(mark) == "Inherited" for mark in marks)
    parts = [part for part in unicode.normalize("NFD", base + marks) if is_mark(part)]
    above_or_below = sum(unicode.category(part) == "Mn" for part in parts)
    is_repeated = len(set(parts)) < len(parts)
    return above_or_below <= MARKS_MAX and common <= COMMON_MARKS_MAX and not is_repeated


def goes_with(mark: str, base: str) -> bool:
    """Whether a mark is of the letter's alphabet, or of any: one of another hardly shows."""
    of = set(unicode.script_extensions(mark))
    return of <= ANY_ALPHABET or not of.isdisjoint(unicode.script_extensions(base))


def check_alphabets(word: str) -> None:
    letters = "".join(character for character in word if not is_mark(character))
    for run in re.findall(r"[^\W_]+", letters):
        found = set().union(*map(alphabets, run))
        if len(found) > 1 and not any(found <= mix for mix in MIXES):
            these = " and ".join(sorted(found))
            raise Invalid(f"“{run}” mixes letters of {these}. Use one alphabet.")


def alphabets(character: str) -> set[str]:
    return {unicode.script(character)} - {"Common", "Inherited"}


def keys(name: str) -> set[str]:
    """Keys of the database; two names that look alike have one in common.

    Letter case hides what looks alike: I and l do, and i and l do not. So a name is compared
    without its case, as what its capitals look like without their case, and with its case.
    """
    text = unicode.normalize("NFKC", "".join(c for c in name if c not in IGNORED))
    words = text.split()
    return {
        digest("", skeleton(" ".join(words).casefold()).casefold()),
        digest("", " ".join(map(skeleton_of_capitals, words)).casefold()),
        digest("=", skeleton(" ".join(words))),
    }


def skeleton_of_capitals(word: str) -> str:
    """Within a word of small letters, and there only, a capital I is taken for a small l."""
    first, rest = word[:1], word[1:]
    is_small = any(character.islower() for character in rest)
    ends = [first, rest] if is_small else [word, ""]
    return skeleton(small_i(ends[0])) + skeleton(ends[1])


def small_i(text: str) -> str:
    return "".join("i" if c.isupper() and skeleton(c) == "l" else c for c in text)


def skeleton(text: str) -> str:
    """Its skeleton, as UTS #39 calls it."""
    skeleton = unicode.normalize("NFD", text).translate(confusables())
    return unicode.normalize("NFD", skeleton)


@cache
def confusables() -> dict[int, str]:
    lines = CONFUSABLES.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ") for line in lines)
    return {ord(character): prototype for prototype, several in pairs for character in several}


def digest(kind: str, text: str) -> str:
    return blake2b((kind + text).encode(), digest_size=KEY_CHARACTERS // 2).hexdigest()
