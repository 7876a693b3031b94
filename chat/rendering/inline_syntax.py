"""The patterns of markup within a paragraph."""

import re
from html import unescape

# An underscore within an ASCII word is text. To skip it here makes snake_case fast.
NEXT = re.compile(r"[\\`*~\[\]<&\n@]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9_])|__")
BACKTICKS = re.compile(r"`+")
BACKSLASHES = re.compile(r"\\+")
INDENT = re.compile(r"[ \t]*")
ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
AUTOLINK = re.compile(
    r"<(?:((?:https?://|mailto:)[^\s<>]{1,2000})|([^\s<>@:]{1,64}@[^\s<>@]{1,255}))>", re.IGNORECASE
)
# The target of a link, <in angles> or not, and its title.
IN_PARENTHESES = r"\((?:[^\s()]++|\([^\s()]*+\))*+\)"
TARGET = re.compile(
    rf"\([ \n]*+(?:<([^<>\n]*+)>|((?:\\[!-/:-@\[-`{{-~]|[^\s()\\]|\\|{IN_PARENTHESES})*+))"
    r"""(?:[ \n]++(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|\([^()\n]{0,200}\)))?+[ \n]*+\)"""
)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
RUN = {char: re.compile(rf"\{char}+") for char in "*_~"}
BLOCK = re.compile(r">|[-+*](?=[ \t])|`{3}|~{3}")  # the beginning of a block
NUMBER = re.compile(r"[ \t]*\d{1,9}")
END_OF_MARKER = re.compile(r"[ \t]")
# A path of a file before a backslash.
PATH_MAX = 260  # characters, as in Windows
PATH = re.compile(
    r"(?:(?<![A-Za-z])[A-Za-z]:|[.~%]|[A-Za-z0-9]_+)\Z"
    r"|(?:(?<![^\s\"'(])(?:[A-Za-z]:|\.{1,2}|~|%\w+%|\\)\\\S*)\Z"
)


def entity_at(text: str, at: int) -> str:
    """Returns the character of the HTML entity at `at`; empty if there is none."""
    match = ENTITY.match(text, at)
    char = unescape(match[0]) if match else ""
    return "" if match and char == match[0] else char


def begins_block(text: str, at: int, start: int) -> bool:
    """Returns whether a quote, list or fence would begin at `at`, if its line began at `start`."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    if text[at] in ".)":
        return bool(NUMBER.fullmatch(line) and END_OF_MARKER.match(text, at + 1))
    return not line.strip(" \t") and bool(BLOCK.match(text, at))
