"""A body without markup skips the parser. The result must be the same as with the parser."""

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
def test_the_fast_path_gives_the_same_html_as_the_parser(text):
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
