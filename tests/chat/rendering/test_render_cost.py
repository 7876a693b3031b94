"""The work to render a body is limited, whatever the body repeats. The tests count calls, which do
not depend on the machine, and check the time too. `bench.rendering` measures more bodies."""

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.rendering import markdown
from tests.chat.rendering.parsing import Parsed, faults

CALLS_MAX = 60_000  # of Python and C functions
TIME_MAX = 0.15  # seconds of CPU; 10 ms on an idle machine. It was 22 s before the limit.
PEOPLE = {"a": 1, "bob": 2}
PIECES = [
    *"*_~`[]()<>&!\\|:/@.#\"' 1a-+=\n\t", "a\u0301", "\u0301", "上", "。", "é", "😀", "\u200b",
    "**", "~~",
    "```", "> ", "- ", "1. ", "](", "\n\n", "    ", "&amp;", "http://", "https://a.b/", "www.",
    "mailto:", "@bob", "a@b.com", ".com", "x.com/", "([", '"', "\r",
]  # fmt: skip
SPECIAL = [
    "".join("`" * n + " " for n in range(140)),
    "[" * 5_000 + "](" * 2_500,
    "[x" * 500 + "](https://a.b)" * 600,
    "[a](b " * 1_700,
    '[a](b "' * 1_500,
    "https://a.b/" + "上" * 9_900,
    ("https://a.b/" + "上" * 88) * 100,
    "https://a.b/" + "([" * 4_900,
    "https://" + "é." * 4_900,
    "https://a.b/" + "," * 9_900,
    "> " * 20 + ("a\n" + "> " * 20) * 240,
    "\n".join("  " * n + "- a" for n in range(95)),
    "```\n```\n" * 1_250,
    "```\n" + "<" * 9_990,
    "<" * 10_000,
    "a\n" * 4_990 + "*b*",
    "\\" * 9_999 + "*",
    "\\*" * 5_000,
    "\\`" * 5_000,
    "\\[" * 4_000 + "](https://a.b)",
    "x" * 9_999 + "*",
    "a.b@" * 2_500,
    "".join(f"{n}\\. " for n in range(1_500)),
    "*a _b ~~c " * 1_000,
    "a*b_c~~" * 1_400,
    "1" * 10_000 + "\\.",
    "\r1. ・-" * 2_000,
    "> a\r" * 2_500,
    "-\tx\r\n" * 2_000,
    ":\r" * 5_000,
    # Links followed by text that is not part of them and has the next links.
    "א~~~https://x.y/" * 600,
    "א)https://x.y/" * 700,
    "https://x.y/(א))" * 600,
    "'https://x.y/א'" * 660,
]


def calls(body: str) -> int:
    count = 0

    def count_call(frame, event, argument) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        markdown.render(body, PEOPLE)
    finally:
        sys.setprofile(before)
    return count


def cpu_seconds(body: str) -> float:
    start = time.thread_time()
    markdown.render(body, PEOPLE)
    return time.thread_time() - start


def check(body: str) -> None:
    assert calls(body) < CALLS_MAX
    assert cpu_seconds(body) < TIME_MAX


@pytest.mark.parametrize("first", PIECES)
def test_the_cost_of_repeated_pieces_is_limited(first):
    for second in ["", *PIECES[::6]]:
        check(((first + second) * 10_000)[:10_000])


@pytest.mark.parametrize("piece", PIECES)
def test_the_cost_of_a_message_of_full_length_is_limited(piece):
    check((piece * 4_000)[:4_000])


@pytest.mark.parametrize("body", SPECIAL)
def test_the_cost_of_hostile_bodies_is_limited(body):
    check(body[:10_000])


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join),
    st.sampled_from([4_000, 10_000]),
)
@settings(max_examples=60)
def test_random_repetitions_are_cheap_and_safe(piece, length):
    body = (piece * length)[:length]
    check(body)
    assert faults(markdown.render(body, PEOPLE)) == []


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5), min_size=50, max_size=900).map("".join)
)
@settings(max_examples=30)
def test_the_cost_of_random_bodies_is_limited(body):
    check(body[:10_000])


@pytest.mark.parametrize("body", ["**a** " * 900, "- item\n" * 800, "> a\n\n" * 900, "<a>" * 2_000])
def test_text_beyond_the_limit_is_shown_as_plain_text(body):
    html = markdown.render(body)
    assert faults(html) == []
    assert html.startswith(("<p><strong>", "<ul>", "<blockquote>", "<p>&lt;a"))
    text = "".join(Parsed(html).text.split())
    rest = "".join(body[-600:].split())
    assert text.endswith(rest)


def test_the_limit_falls_between_words():
    head, _, rest = markdown.render("**ab** " * 400).partition("</p>")
    assert head.endswith("<strong>ab</strong>")
    assert rest.strip().startswith("<p>**ab** **ab**")


def test_a_long_ordinary_message_is_rendered_completely():
    paragraph = (
        "See `setup.py` and **this** at https://example.org/a_b, @bob: it is_not_that bad.\n- one\n"
    )
    html = markdown.render(paragraph * 18, PEOPLE)
    assert html.count("<strong>") == html.count("<code>") == html.count('class="mention"') == 18
    assert html.count("<li>") == 18


def test_code_does_not_count_against_the_limit():
    html = markdown.render("```\n" + "**[<a>](x)**\n" * 700 + "```\n**b**")
    assert html.endswith("<p><strong>b</strong></p>")
