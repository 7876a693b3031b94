"""Message bodies: a subset of Markdown, rendered once when written, and sanitized.

No headings, images, tables or raw HTML: a message is a message, not a page.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape

import nh3

from chat.rendering import blocks, mentions, scripts

# Anything that the Markdown parser, the linkifier or the mentions might make something of. A body
# without any of it is plain text, and does not pay for a parser.
MARKUP = re.compile(
    r"[\\`*_~\[\]<>&@\"\t\r\x00\xa0]|[^\s.]\.\w|//|mailto:|\n\n|^\s|\s\Z"
    r"|\n | \n|^[-+=#:|]|\n[-+=#:|]|^\d+[.)]|\n\d+[.)]",
    re.IGNORECASE,
)
# A fence without indentation: it is never within a list or a quote.
FENCE = re.compile(
    r"^(?P<fence>(?P<mark>[`~])(?P=mark){2,}+)(?P<info>[^`\n]*+)(?:\n|\Z)"
    r"(?P<code>(?:(?! {0,3}(?P=fence)(?P=mark)*+[ \t]*+$).*+(?:\n|\Z))*?)"
    r"(?: {0,3}(?P=fence)(?P=mark)*+[ \t]*+$\n?|\Z)",
    re.MULTILINE,
)
# What costs time, and how much: a unit is about 5 us. More of it than a person would write is cut.
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
# A line with a letter before anything that could hide it: enough to show something.
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
CLASS = re.compile(r"mention|language-[\w+#.-]{1,30}")


def render(body: str, people: Mapping[str, int] | None = None) -> str:
    """The sanitized HTML of a body. `people`: ids by lower-case username, to be mentioned."""
    return render_plain(body) if is_plain(body) else render_markup(body, people or {})


def is_plain(body: str) -> bool:
    return not MARKUP.search(body)


def render_plain(body: str) -> str:
    return f"<p>{escape(body, quote=False).replace(chr(10), '<br>' + chr(10))}</p>"


def render_markup(body: str, people: Mapping[str, int]) -> str:
    lines = ENDING.sub("\n", body)  # as the parser reads them, so that each line counts as work
    return "\n".join(html for html in render_pieces(lines, people) if html)


def render_pieces(body: str, people: Mapping[str, int]) -> Iterator[str]:
    """The HTML of each fence and of what is between them, as far as the work for it is bounded. The
    rest is plain text."""
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
    """Up to where the markup from `start` to `end` may be parsed, and how much work is left. The
    cut is at the beginning of a line, or of a word if there is one line."""
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
    """Lower-case usernames that a body may be naming, of at most MENTIONS_MAX people."""
    return mentions.names_in(body) if "@" in body else set()


def mentioned_ids(html: str) -> list[int]:
    """The ids of the people a rendered body names: nobody is, within code or a link."""
    if 'data-user="' not in html:
        return []
    return sorted(
        {int(user) for user in re.findall(r'<span class="mention" data-user="(\d+)"', html)}
    )


def keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class" and not CLASS.fullmatch(value):
        return None
    return value


def text_of(html: str) -> str:
    """What a reader sees of a rendered body."""
    return unescape(TAG.sub("", html))


def has_visible_text(body: str) -> bool:
    """True if a reader sees anything of a body: nothing of an empty fence, quote or U+200B."""
    if is_plain(body):
        return scripts.has_visible_text(body)
    if LETTER_FIRST.search(body):
        return True
    return scripts.has_visible_text(text_of(render_markup(body, {})))
