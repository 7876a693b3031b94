"""A body without markup does not pay for a parser: it must look as if it had."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.exceptions import ChatError
from chat.rendering import markdown
from chat.services.posts import clean_body

PIECES = [
    "a", "B7", "it's", "1.", "2)", "3.14", "e.g", "...", "..", ".", ",", "!", "?", ":", ";", "'",
    "-", "+", "=", "#", "|", "/", "//", "(", ")", "{", "}", "$", "%", "^", "\n", " ", "  ",
    "\u3000", "\xa0", "\u2003", "\u2028", "\x0b", "\x85", "\ufeff", "\u200b", "💩", ".la",
    "é", "。", "www", ".com", "x.com", "http:", "ftp:", "mailto:", "localhost", "@bob",
    "1.2.3.4", "٣.",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@given(TEXTS)
def test_without_markup_the_short_way_gives_the_same(text):
    try:
        body = clean_body(text)
    except ChatError:
        return
    if not markdown.MARKUP.search(body):
        assert markdown.render(body) == markdown.render_markup(body, {})


@pytest.mark.parametrize(
    "body",
    ["Hello, it's 3 o'clock!", "Yes... no?", "One\ntwo\n3 (three)", "Да: 100%", "(a) 1/2 + 3 = x;"],
)
def test_ordinary_sentences_have_no_markup(body):
    assert not markdown.MARKUP.search(body)
