"""A message without visible text is refused, and no text of a message is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.exceptions import ChatError, Invalid
from chat.rendering import markdown
from chat.services import editing
from chat.services.posts import clean_body
from tests.chat.factories import post_message
from tests.chat.rendering.parsing import Parsed

INVISIBLE = [
    "", " ", "\n\n", "\t", "\u00a0", "\u3000", "\u2003\u2028", "\u200b", "\u200d\u200c", "\u00ad",
    "\u202e\u202c", "\u2060\ufeff", "\u2066\u2069", "\u3164", "\uffa0", "\u115f\u1160", "\u2800",
    "\u034f", "\u180e", "\ufe0f", "\u0301", "\U000e0041", "\U000e01f0", "\x01\x1b", "```\n```",
    "```python\n```", "```\n\u200b\n```", "~~~~", "```\n\n\n```", ">", "> ", "> >", "> ```\n> ```",
    "&nbsp;", "&#8203;", "&#x200B; &nbsp;", "> &nbsp;", "**\u200b**", "` `", "- \u200b",
    "[&#8203;](https://a.b)", "\u200b\n\n\u200b", "\u2065", "\ufff0\ufff8", "\ufffc", "\uffff",
    "\ufdd0", "\U0001fffe", "> `\u2065`", "&#xFFFC;",
]  # fmt: skip
VISIBLE = [
    ".", "!", "-", "+", "*", "1.", "2)", "_", "**", "****", "***", "``", "[]", "[]()",
    "[](https://a.b)", "你", "ก็", "क्", "é", "e\u0301", "①", "¯", "😀", "🇩🇪", "1️⃣",
    "🏴‍☠️", "\u0600", "\U0001fb00", "\ue000", "```\nx\n```", "> a", "- a", "`x`",
    "&copy;", "&amp;", "\\", ">_<", ">.<", ">:(", "<b>", "<!-- x -->", "<", "---",
    "===", "# x", "#", "| a |", "\u200bx", "~", "~~",
]  # fmt: skip


@pytest.mark.parametrize("body", INVISIBLE)
def test_a_body_without_visible_text_is_refused(body):
    with pytest.raises(Invalid, match=r"^Write something first\.$"):
        clean_body(body)


@pytest.mark.parametrize("body", VISIBLE)
def test_a_body_with_visible_text_is_accepted(body):
    assert clean_body(body) == body
    assert Parsed(markdown.render(body)).text.strip()


@pytest.mark.parametrize("body", ["\u200b", "```\n```", "> "])
def test_an_edit_to_an_invisible_body_is_refused(alice, general, body):
    message = post_message(alice, general)
    with pytest.raises(Invalid, match="Write something first"):
        editing.edit(alice, message.pk, body)


@pytest.mark.parametrize(
    "body",
    ["> " * 25 + "deep", ">" * 60 + "deep", "- " * 15 + "deep", "1. " * 12 + "deep",
     "> - " * 12 + "deep", "> " * 25 + "deep\n" + "> " * 25 + "deeper",
     "\n".join("  " * n + f"- deep{n}" for n in range(30)),
     "\n".join("> " * n + f"deep{n}" for n in range(1, 40)), "> " * 25 + "```\ndeep"],
)  # fmt: skip
def test_deep_nesting_shows_its_text(body):
    text = Parsed(markdown.render(body)).text
    words = [word for word in body.replace(">", " ").split() if word.startswith("deep")]
    assert [word for word in text.replace(">", " ").split() if word.startswith("deep")] == words


@pytest.mark.parametrize(
    "body",
    ["<foo>", "<!-- x -->", "<b>x</b>", "&nope;", "# x", "#x", "---", "***", "===", "x\n---",
     "| a | b |", "[a]: https://a.b/c", "[a][b]", "![a](b)", "a\u200bb", "+ ", "-", "1.", "- ",
     "x" * 4000, ":::x", "$x$", "^x^", "{x}", "~x~", "a\tb", "a  b", "</p>", "<?x?>",
     "<![CDATA[x]]>", ">_< ok"],
)  # fmt: skip
def test_other_bodies_are_shown_unchanged(body):
    assert Parsed(markdown.render(body)).text == body.rstrip()


PIECES = [
    "a", "B", "9", "你", "。", "é", "क्", "😀", " ", "  ", "    ", "\n", "\n\n", "\t", "*", "**",
    "_", "__", "~~", "`", "``", "[", "]", "(", ")", "> ", ">", "- ", "+ ", "* ", "1. ", "7) ",
    "<", "&", "#", "|", "!", "\\", ":", ".", "/", "@bob", "@", "https://x.y/", "www.x.org",
    "x.com", "\n```\n", "\n~~~\n", "---", "=",
]  # fmt: skip
BODIES = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
MARKUP = set("*_~`>-+.)[]()<\\0123456789")


@given(BODIES)
def test_all_text_is_shown_in_order(body):
    try:
        body = clean_body(body)
    except ChatError:
        return
    shown = iter(Parsed(markdown.render(body, {"bob": 9})).text.split())
    text = "".join(shown)
    at = 0
    for char in "".join(body.split()):
        if text[at : at + 1] == char:
            at += 1
        else:
            assert char in MARKUP, (char, text[at:])
    assert at == len(text)


@given(BODIES)
def test_has_visible_text_agrees_with_the_rendered_text(body):
    shown = Parsed(markdown.render(body)).text
    assert markdown.has_visible_text(body) == bool(shown.strip())
