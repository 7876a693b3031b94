"""Classifies characters: by Unicode's categories, and by scripts with or without spaces between
words."""

import re
from unicodedata import category

# Thai, Lao, Tibetan, Myanmar, Khmer and their neighbours, Hangul (a particle follows a foreign word
# without a space), kana, bopomofo, Han, Yi, fullwidth letters. For use within [] of a pattern.
UNSPACED = (
    "\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf"
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3041-\u30fa\u30fc-\u31ff\u3400-\u4dbf"
    "\u4e00-\ua4cf\ua960-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff10-\uff19\uff21-\uff3a"
    "\uff41-\uff5a\uff66-\uffdc\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
ASCII_SYMBOLS = frozenset("$+<=>^`|~")
UNSPACED_CHARACTER = re.compile(f"[{UNSPACED}]")

# Invisible letters, symbols and marks: Hangul fillers, Khmer inherent vowels, the blank Braille
# pattern, the null notehead, the object replacement character; and reserved code points.
BLANKS = frozenset(
    "\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5"
    "\ufff6\ufff7\ufff8\ufffc\U0001d159"
)
IGNORABLE = ("\U000e0000", "\U000e0fff")
# Visible format characters: the signs before or around Arabic and Syriac numbers.
VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
INVISIBLE = frozenset(["Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"])


def is_unspaced(char: str) -> bool:
    """True for a character of a script that is written without spaces between words."""
    return UNSPACED_CHARACTER.match(char) is not None


def is_in_word(char: str) -> bool:
    """True for a letter, digit or mark of a script whose words are separated by spaces."""
    if char.isascii():
        return char.isalnum()
    is_word = char.isalnum() or (category(char)[0] == "M" and not is_emoji_part(char))
    return is_word and not is_unspaced(char)


def is_emoji_part(char: str) -> bool:
    """True for the variation selectors and the keycap, marks that follow a symbol."""
    return "\ufe00" <= char <= "\ufe0f" or char == "\u20e3"


def is_punctuation(char: str) -> bool:
    """True for Unicode's punctuation and for the ASCII symbols."""
    return category(char)[0] == "P" or char in ASCII_SYMBOLS


def is_symbol(char: str) -> bool:
    return category(char)[0] == "S" or is_emoji_part(char)


def is_visible(char: str) -> bool:
    """True if this character is visible. A mark without a letter is not."""
    if char in BLANKS or IGNORABLE[0] <= char <= IGNORABLE[1] or is_noncharacter(char):
        return False
    return category(char) not in INVISIBLE or char in VISIBLE_FORMATS


def is_noncharacter(char: str) -> bool:
    """True for code points that Unicode never assigns to a character."""
    return ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"


def has_visible_text(text: str) -> bool:
    """True if a plain text has a visible character."""
    return any(map(is_visible, text))
