"""Finds the English words on a page that is in another language."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

WORD = re.compile(r"[A-Za-z]{2,}")
NOT_WORDS = re.compile(r"\S*/\S*|chat_[\w-]+|\b[0-9a-f]{32}\b")  # addresses, tokens, hashes
ATTRIBUTES = {"title", "aria-label", "aria-description", "aria-roledescription", "placeholder"}
ATTRIBUTES |= {"alt", "label"}
UNREAD = {"script", "style", "code", "kbd"}  # not for people, or the same in each language
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Names, standards and keys. "English" is in the choice of languages; Django writes the alt texts
# True and False itself.
KNOWN = {
    *("Chatsite", "English", "JavaScript", "Authorization", "Bearer", "Aa", "True", "False"),
    *("API", "APP", "Cookie", "GIF", "ID", "IP", "JPEG", "LDAP", "PIN", "PNG", "TOTP", "UTC"),
    *("WebAuthn", "WebP", "Alt", "Command", "Control", "Ctrl", "Del", "Enter", "Esc", "Mac"),
    "Shift",
}


def english_words(html: str, names: set[str]) -> set[str]:
    """Returns the texts with an unknown Latin word. `names` are those of this page."""
    return {text for text in PageParser.of(html).texts if words_of(text) - KNOWN - names}


def words_of(text: str) -> set[str]:
    return set(WORD.findall(NOT_WORDS.sub("", text)))


class PageParser(HTMLParser):
    """Collects the texts, links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []  # the action and its prepared fields

    @classmethod
    def of(cls, html: str) -> "PageParser":
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser

    def handle_starttag(self, tag, attrs) -> None:
        given = {name: value or "" for name, value in attrs}
        self.texts += list(texts_of(tag, given))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append((given.get("action", "") if is_post(given) else "", {}))
        if tag in ("input", "button") and self.forms and is_prepared(given):
            self.forms[-1][1][given["name"]] = given.get("value", "")

    def handle_startendtag(self, tag, attrs) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag) -> None:
        while tag in self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data) -> None:
        if data.strip() and not UNREAD.intersection(self.open):
            self.texts.append(" ".join(data.split()))


def texts_of(tag: str, given: dict[str, str]) -> Iterator[str]:
    yield from (value for name, value in given.items() if name in ATTRIBUTES)
    if tag == "input" and given.get("type") in ("button", "submit"):
        yield given.get("value", "")


def is_post(given: dict[str, str]) -> bool:
    return given.get("method", "").lower() == "post"


def is_prepared(given: dict[str, str]) -> bool:
    return given.get("type") in ("hidden", "submit") and "name" in given
