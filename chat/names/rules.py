"""The rules for every name that users see: of users, rooms, topics, tokens, bots and keys.

A name is normalized, each of its characters is visible, and none of its words mixes alphabets (the
"highly restrictive" level of Unicode's UTS #39). Names that look alike share a key.
"""

import re
from functools import cache
from hashlib import blake2b
from pathlib import Path

import unicodedataplus as unicode
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat.exceptions import Invalid
from chat.names.alphabets import lazy_name_of

KEY_CHARACTERS = 32
MARKS_MAX = 3  # on one letter: Hebrew needs them
COMMON_MARKS_MAX = 2  # marks of any alphabet on one letter; most accented letters need none
# Control, format, surrogate, private-use and unassigned characters.
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn"}
VISIBLE_CATEGORIES = {*("Ll", "Lm", "Lo", "Lt", "Lu"), *("Nd", "Nl", "No"), *("Sc", "Sm", "So")}
SELECTORS = {*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
# Characters that are invisible although their category does not show it.
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
    """Returns the text in one line and in NFC; it may be empty. Raises Invalid with a sentence that
    names the problem."""
    text = unicode.normalize("NFC", " ".join(text.split()))
    if text.isascii() and text.isprintable():
        return require_visible(text)
    for index in range(len(text)):
        check_character(text, index)
    for word in re.findall(r"\S+", text):
        check_marks(word)
        check_alphabets(word)
    return require_visible(text)


def require_visible(text: str) -> str:
    has_visible = any(unicode.category(character) in VISIBLE_CATEGORIES for character in text)
    if text and not has_visible:
        raise Invalid(_("Use at least one letter, digit or symbol."))
    return text


def check_character(text: str, index: int) -> None:
    character = text[index]
    # Pictographic includes the code points that Unicode reserves for future emoji.
    is_emoji = unicode.is_extended_pictographic(character)
    is_invisible = unicode.category(character) in INVISIBLE_CATEGORIES and not is_emoji
    if (is_invisible or character in BLANK) and not has_effect(text, index):
        code = f"U+{ord(character):04X}"
        raise Invalid(format_lazy(_("Remove the invisible character {code}."), code=code))


def has_effect(text: str, index: int) -> bool:
    """Returns whether a joiner or a variation selector is between characters that use it."""
    character, before, after = text[index], text[index - 1 : index], text[index + 1 : index + 2]
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
    """Checks that each mark follows a letter, and that no letter has too many marks."""
    stacks = [""]
    for character in word:
        if is_mark(character):
            stacks[-1] += character
        else:
            stacks.append(character)
    first, *others = stacks
    if first or not all(is_legible(stack[0], stack[1:]) for stack in others):
        text = _("“{word}” has too many marks on a letter, or marks of another alphabet.")
        raise Invalid(format_lazy(text, word=word))


def is_mark(character: str) -> bool:
    return unicode.category(character).startswith("M") and character not in BLANK


def is_legible(base: str, marks: str) -> bool:
    if any(unicode.category(mark) == "Me" for mark in marks):  # enclosing marks
        return marks == KEYCAP and base in KEYCAPS | {EMOJI_STYLE}
    if not all(goes_with(mark, base) for mark in marks):
        return False
    common = sum(unicode.script(mark) == "Inherited" for mark in marks)
    parts = [part for part in unicode.normalize("NFD", base + marks) if is_mark(part)]
    above_or_below = sum(unicode.category(part) == "Mn" for part in parts)
    is_repeated = len(set(parts)) < len(parts)
    return above_or_below <= MARKS_MAX and common <= COMMON_MARKS_MAX and not is_repeated


def goes_with(mark: str, base: str) -> bool:
    """Returns whether a mark belongs to the letter's alphabet, or to any. A mark of another
    alphabet is hardly visible."""
    scripts = set(unicode.script_extensions(mark))
    return scripts <= ANY_ALPHABET or not scripts.isdisjoint(unicode.script_extensions(base))


def check_alphabets(word: str) -> None:
    letters = "".join(character for character in word if not is_mark(character))
    for run in re.findall(r"[^\W_]+", letters):
        found = set().union(*map(alphabets, run))
        if len(found) > 1 and not any(found <= mix for mix in MIXES):
            text = _("“{word}” mixes letters of {one} and {other}. Use one alphabet.")
            one, other = map(lazy_name_of, sorted(found)[:2])
            raise Invalid(format_lazy(text, word=run, one=one, other=other))


def alphabets(character: str) -> set[str]:
    return {unicode.script(character)} - {"Common", "Inherited"}


def keys(name: str) -> set[str]:
    """Returns the database keys of a name. Two names that look alike share at least one.

    Letter case matters: I and l look alike, but i and l do not. So a name is compared in three
    ways: without case, with its capitals replaced by what they look like, and with case.
    """
    text = unicode.normalize("NFKC", "".join(c for c in name if c not in IGNORED))
    words = text.split()
    return {
        digest("", skeleton(" ".join(words).casefold()).casefold()),
        digest("", " ".join(map(skeleton_of_capitals, words)).casefold()),
        digest("=", skeleton(" ".join(words))),
    }


def skeleton_of_capitals(word: str) -> str:
    """Returns the skeleton of a word. A capital I is read as a small l only if it is inside a word
    of small letters."""
    first, rest = word[:1], word[1:]
    is_small = any(character.islower() for character in rest)
    ends = [first, rest] if is_small else [word, ""]
    return skeleton(small_i(ends[0])) + skeleton(ends[1])


def small_i(text: str) -> str:
    return "".join("i" if c.isupper() and skeleton(c) == "l" else c for c in text)


def skeleton(text: str) -> str:
    """Returns the skeleton of UTS #39: equal for texts that look alike."""
    prototypes = unicode.normalize("NFD", text).translate(confusables())
    return unicode.normalize("NFD", prototypes)


@cache
def confusables() -> dict[int, str]:
    lines = CONFUSABLES.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ") for line in lines)
    return {ord(character): prototype for prototype, several in pairs for character in several}


def digest(kind: str, text: str) -> str:
    return blake2b((kind + text).encode(), digest_size=KEY_CHARACTERS // 2).hexdigest()
