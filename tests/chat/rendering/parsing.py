"""HTML as a browser sees it, parsed by a parser that the sanitizer does not use."""

import re
from html.parser import HTMLParser

VOID = {"br", "img", "input", "hr", "meta", "link", "base", "embed", "source"}
WHITESPACE_AND_CONTROLS = re.compile(r"[\x00-\x20\u200b-\u200f\u2028\u2029\ufeff]")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


class Parsed(HTMLParser):
    """`tags` has (name, {attribute: value}) of each tag, `open` the tags that are never closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.comments.append(data)

    handle_decl = unknown_decl = handle_pi = handle_comment

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def scheme(url: str) -> str:
    """Returns the scheme as browsers read it: they skip whitespace and control characters."""
    match = SCHEME.match(WHITESPACE_AND_CONTROLS.sub("", url))
    return match[1].lower() if match else ""


ATTRIBUTES = {
    "p": {},
    "br": {},
    "strong": {},
    "em": {},
    "s": {},
    "pre": {},
    "blockquote": {},
    "ul": {},
    "li": {},
    "ol": {"start": r"\d{1,9}"},
    "code": {"class": r"language-[\w+#.-]{1,30}"},
    "span": {"class": "mention", "data-user": r"\d+"},
    "a": {"href": ".*", "title": ".*", "rel": "nofollow noopener noreferrer"},
}


def faults(html: str) -> list[str]:
    """Returns everything in a rendered body that is not allowed."""
    parsed = Parsed(html)
    found = [f"unclosed {tag}" for tag in parsed.open] + [f"comment {c}" for c in parsed.comments]
    for tag, attributes in parsed.tags:
        allowed = ATTRIBUTES.get(tag)
        if allowed is None:
            found.append(f"tag {tag}")
            continue
        found += [
            f"attribute {name}={value!r} of {tag}"
            for name, value in attributes.items()
            if not re.fullmatch(allowed.get(name, "(?!)"), value, re.DOTALL)
        ]
        if scheme(attributes.get("href", "")) not in {"", "http", "https", "mailto"}:
            found.append(f"link {attributes['href']}")
        if tag == "a" and "rel" not in attributes:
            found.append("link without rel")
    return found
