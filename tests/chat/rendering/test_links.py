import re
from html import unescape

import pytest

from chat.rendering import bare_links, markdown
from tests.chat.rendering.link_examples import ADDRESSES, WITHOUT_LINKS
from tests.chat.rendering.parsing import Parsed

LINK = re.compile(r"<a [^>]*>(.*?)</a>")


def linked(body: str) -> list[str]:
    return [unescape(text) for text in LINK.findall(markdown.render(body))]


def hrefs(body: str) -> list[str]:
    return [link["href"] for link in Parsed(markdown.render(body)).named("a")]


@pytest.mark.parametrize(("text", "addresses"), ADDRESSES)
def test_a_bare_link_ends_as_a_reader_expects(text, addresses):
    assert linked(text) == addresses


@pytest.mark.parametrize("text", WITHOUT_LINKS)
def test_text_that_is_not_an_address_is_not_a_link(text):
    assert linked(text) == []
    assert linked(f"請看{text}。") == []


@pytest.mark.parametrize(
    ("body", "href"),
    [
        ("https://zh.wikipedia.org/wiki/上海", "https://zh.wikipedia.org/wiki/%E4%B8%8A%E6%B5%B7"),
        ("https://例え.jp/", "https://例え.jp/"),
        ("https://a.b/%E4%B8%8A", "https://a.b/%E4%B8%8A"),
        ("example.com/x", "http://example.com/x"),
        ("www.example.com", "http://www.example.com"),
        ("https://a.b/?x=1&y=2", "https://a.b/?x=1&y=2"),
        ("mailto:bob@example.org", "mailto:bob@example.org"),
        ("[x](https://a.b/c_(d))", "https://a.b/c_(d)"),
        ("[x](<https://a.b/c d>)", "https://a.b/c%20d"),
        ("[x](example.com/y)", "http://example.com/y"),
        ("[x](bob@example.org)", "mailto:bob@example.org"),
        ('[x](https://a.b "title")', "https://a.b"),
        ("[**x** `y`](https://a.b)", "https://a.b"),
        ("[a [b] c](https://a.b)", "https://a.b"),
        ("[x](https://a.b/\\))", "https://a.b/)"),
    ],
)
def test_a_link_has_the_right_target(body, href):
    assert hrefs(body) == [href]


@pytest.mark.parametrize(
    "body",
    ["[x](javascript:alert(1))", "[x](/accounts/)", "[x](y)", "[x](//a.b)", "[x](ftp://a.b)",
     "[x](data:text/html,x)", "[x](README.md)", "[x]()", "[x](#y)", "[x] (https://)",
     "[x](http://)"],
)  # fmt: skip
def test_a_link_with_another_target_stays_text(body):
    assert hrefs(body) == []
    assert Parsed(markdown.render(body)).text == body


@pytest.mark.parametrize("body", ["[](https://a.b)", "[ ](https://a.b)", "[\u200b](https://a.b)"])
def test_a_link_without_text_shows_its_address(body):
    assert linked(body) == ["https://a.b"]


def test_links_are_not_nested():
    assert linked("[a [b](https://c.d) e](https://f.g)") == ["b", "https://f.g"]
    assert linked("[see https://a.b/c](https://a.b/d)") == ["see https://a.b/c"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("[paypal.com](https://evil.example/x)", "paypal.com (evil.example)"),
        ("[https://a.org/b](https://c.org/b)", "https://a.org/b (c.org)"),
        ("[a.org](https://a.org@c.org/)", "a.org (c.org)"),
        ("[a.org](https://www.a.org/b)", "a.org"),
        ("[the page](https://c.org)", "the page"),
        ("[README.md](https://c.org)", "README.md"),
    ],
)
def test_a_link_whose_text_names_another_host_shows_its_own_host(body, text):
    assert Parsed(markdown.render(body)).text == text


def test_the_number_of_links_in_a_paragraph_is_limited():
    body = " ".join(["a.org"] * (bare_links.LINKS_MAX + 1))
    assert len(linked(body)) == bare_links.LINKS_MAX
    assert Parsed(markdown.render(body)).text == body


def test_the_length_of_a_link_is_limited():
    (address,) = linked("https://a.b/" + "x" * 3000)
    assert len(address) == bare_links.LINK_MAX_CHARACTERS
