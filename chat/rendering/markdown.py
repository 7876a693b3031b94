"""Renders message bodies: a subset of Markdown, rendered once when it is written, and sanitized.

Headings, images, tables and raw HTML are not supported: a message is not a page.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape
from urllib.parse import unquote

import nh3

from chat import users
from chat.rendering import blocks, mentions, scripts
from chat.users import JsonId

# Everything that may be Markdown, a link or a mention. A body without it is plain text, and is not
# parsed.
MARKUP = re.compile(
    r"[\\`*_~\[\]<>&@\"\t\r\x00\xa0]|[^\s.]\.\w|//|mailto:|\n\n|^\s|\s\Z"
    r"|\n | \n|^[-+=#:|]|\n[-+=#:|]|^\d+[.)]|\n\d+[.)]",
    re.IGNORECASE,
)
# A fence without indentation, which is never within a list or a quote.
FENCE = re.compile(
    r"^(?P<fence>(?P<mark>[`~])(?P=mark){2,}+)(?P<info>[^`\n]*+)(?:\n|\Z)"
    r"(?P<code>(?:(?! {0,3}(?P=fence)(?P=mark)*+[ \t]*+$).*+(?:\n|\Z))*?)"
    r"(?: {0,3}(?P=fence)(?P=mark)*+[ \t]*+$\n?|\Z)",
    re.MULTILINE,
)
# Syntax that takes time. A unit of work is about 5 us. Bodies with more work than WORK_MAX, which
# nobody writes by hand, are rendered only in part.
WORK_MAX = 600
BLOCK_WORK = 8
FENCE_WORK = 4
WORK = re.compile(
    r"(?P<block>^(?:[ \t]*+(?:>|[-+*](?=\s)|\d{1,9}[.)](?=\s)))++|^[ \t]*+\n|^(?: {4}|\t))"
    r"|\*+|~+|`+|(?<![a-zA-Z0-9])_+|_+(?![a-zA-Z0-9])|[\[\]<>&@\\\n]|://|www\.|[^\s.]\.(?=\w)",
    re.MULTILINE,
)
ENDING = re.compile("\r\n?")
MARKER = re.compile(r"[-+*>.)]|\n|^\s+$")
# A line with a letter before any syntax that could hide it: the body has visible text.
LETTER_FIRST = re.compile(
    "^[^`~&<\\[\\\\\n]*?[^\\W\\d_\u115f\u1160\u3164\uffa0`~&<\\[\\\\]", re.MULTILINE
)
TAG = re.compile(r'<(?:[^">]++|"[^"]*+")*+>')
TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"}
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "ol": {"start"},
    "span": {"class", "data-user"},
}
MENTIONED = re.compile(r'<span class="mention" data-user="([^"]+)"')
CLASS = re.compile(r"mention|language-[\w+#.-]{1,30}")


def render(body: str, people: Mapping[str, int] | None = None) -> str:
    """Returns the sanitized HTML of a body. `people` is {lower-case username: id} of possible
    mentions."""
    return render_plain(body) if is_plain(body) else render_markup(body, people or {})


def is_plain(body: str) -> bool:
    return not MARKUP.search(body)


def render_plain(body: str) -> str:
    return f"<p>{escape(body, quote=False).replace(chr(10), '<br>' + chr(10))}</p>"


def render_markup(body: str, people: Mapping[str, int]) -> str:
    lines = ENDING.sub("\n", body)  # as in the parser, so that each line counts as work
    return "\n".join(html for html in render_pieces(lines, people) if html)


def render_pieces(body: str, people: Mapping[str, int]) -> Iterator[str]:
    """Yields the HTML of each fence and of the texts between them, until WORK_MAX is reached. The
    rest is rendered as plain text."""
    left, at = WORK_MAX, 0
    for fence in FENCE.finditer(body):
        cut, left = affordable(body, at, fence.start(), left - FENCE_WORK)
        yield sanitized(body[at:cut], people)
        at = cut
        if left <= 0:
            break
        yield render_fence(fence)
        at = fence.end()
    else:
        cut, left = affordable(body, at, len(body), left)
        yield sanitized(body[at:cut], people)
        at = cut
    if rest := body[at:].strip():
        yield render_plain(rest)


def affordable(body: str, start: int, end: int, work: int) -> tuple[int, int]:
    """Returns the position up to which the markup may be parsed, and how much work is left. A cut
    is at the beginning of a line, or of a word if there is only one line."""
    for match in WORK.finditer(body, start, end):
        work -= work_of(match)
        if work <= 0:
            line = body.rfind("\n", start, match.start()) + 1
            word = body.rfind(" ", start, match.start()) + 1
            return line or word or match.start(), 0
    return end, work


def work_of(match: re.Match[str]) -> int:
    if match["block"] is not None:
        return BLOCK_WORK * len(MARKER.findall(match[0]))
    return 2 if match[0][0] in "@\\*_~\n" else 1


def render_fence(fence: re.Match[str]) -> str:
    language = f"language-{(fence['info'].split() or [''])[0]}"
    attribute = f' class="{language}"' if CLASS.fullmatch(language) else ""
    return f"<pre><code{attribute}>{escape(fence['code'], quote=False)}</code></pre>"


def sanitized(text: str, people: Mapping[str, int]) -> str:
    if not text.strip():
        return ""
    return nh3.clean(
        blocks.render(text, people),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    ).strip()


def mentioned_names(body: str) -> set[str]:
    """Returns the lower-case usernames that a body may mention, of at most MENTIONS_MAX users."""
    return mentions.names_in(body) if "@" in body else set()


def mentioned_ids(html: str) -> list[JsonId]:
    """Returns the ids of the users that a rendered body mentions. Names in code or links are not
    mentions."""
    if 'data-user="' not in html:
        return []
    return sorted({users.json_id(users.to_pk(unquote(id))) for id in MENTIONED.findall(html)})


def keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class" and not CLASS.fullmatch(value):
        return None
    return value


def text_of(html: str) -> str:
    """Returns the visible text of a rendered body."""
    return unescape(TAG.sub("", html))


def has_visible_text(body: str) -> bool:
    """Returns whether a body has visible text. An empty fence, a quote or U+200B has none."""
    if is_plain(body):
        return scripts.has_visible_text(body)
    if LETTER_FIRST.search(body):
        return True
    return scripts.has_visible_text(text_of(render_markup(body, {})))
