"""Message bodies: a subset of Markdown, rendered once when written, and sanitized.

No headings, images, tables or raw HTML: a message is a message, not a page.
"""

import re
from collections.abc import Mapping
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MENTIONS_MAX = 50  # people that one message may call
# A name after an @ that does not stand inside a word or an address.
MENTION = re.compile(r"(?<![\w@/.])@([a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?)", re.IGNORECASE)

# Anything that the Markdown parser, the linkifier or the mentions might make something of. A body
# without any of it is plain text, and does not pay for a parser.
MARKUP = re.compile(
    r"[\\`*_~\[\]<>&@\"\t\r\x00\xa0]|[^\s.]\.\w|//|mailto:|\n\n|^\s|\s\Z"
    r"|\n | \n|^[-+=#:|]|\n[-+=#:|]|^\d+[.)]|\n\d+[.)]",
    re.IGNORECASE,
)
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
    html = parser.render(body, {"people": people})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    ).strip()


def mentioned_names(body: str) -> set[str]:
    """The first MENTIONS_MAX lower-case usernames that a body may be naming."""
    if "@" not in body:
        return set()
    return set(list(dict.fromkeys(map(str.lower, MENTION.findall(body))))[:MENTIONS_MAX])


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


def mark_mentions(state: StateCore) -> None:
    people = state.env["people"]
    for block in state.tokens:
        if people and block.type == "inline":
            block.children = list(with_mentions(block.children or [], people))


def with_mentions(tokens: list[Token], people: Mapping[str, int]):
    links = 0
    for token in tokens:
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not links:
            yield from split_mentions(token, people)
        else:
            yield token


def split_mentions(token: Token, people: Mapping[str, int]):
    start = 0
    for match in MENTION.finditer(token.content):
        if (user_id := people.get(match[1].lower())) is None:
            continue
        yield Token("text", "", 0, content=token.content[start : match.start()])
        html = f'<span class="mention" data-user="{user_id}">{escape(match[0])}</span>'
        yield Token("html_inline", "", 0, content=html)
        start = match.end()
    yield Token("text", "", 0, content=token.content[start:])


parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
parser.enable(["linkify", "strikethrough"])
parser.disable(["heading", "lheading", "hr", "image", "html_block", "html_inline", "reference"])
parser.core.ruler.push("mentions", mark_mentions)
