"""A backslash escapes only characters that would be markup without it."""

import pytest

from chat.rendering import markdown
from tests.chat.rendering.parsing import Parsed


@pytest.mark.parametrize(
    "body",
    [r"¯\_(ツ)_/¯", r"so ¯\_(ツ)_/¯ ¯\_(ツ)_/¯", r"ʅ\_(ツ)_/ʃ", r"\o/ \o/",
     r"C:\_temp", r"C:\_a_\_b_", r"D:\__pycache__\x", r"C:\new\table",
     r"C:\*.txt C:\*.doc", r".\__init__.py", r"src\__init__.py", r"%TEMP%\_x_",
     r"\\server\share", r"\\server\_x_\y", r"\d+\.\w*", r"\d+\.\w*\d+\.\w*",
     r"^\s*\(\)\[\]$", r"\alpha_1", r"\[x\]", r"\[x^2\] and \(y\)", r"5 \* 3",
     r"a \_ b", r"snake\_case", r"a\`b", r"a\<b\>c", r"\# x", r"a\@b", r"\@nobody",
     r"\!", "a \\\n  b".replace("  ", ""), "\\", "x\\", r"\\", r"\\\\", r"\https:",
     r"\|x\|", r"a\&b", r"\~/x", r"a \- b", r"1 \. x", r"\*", r"\**", r"\_",
     r"\`", r"\_(ツ)_/", r"say \_(ツ)_/ to", r"C:\__a__\__b__", r"src\__tests__\__mocks__",
     r"C:\a-\_b_", r'"D:\x-\_y_\*z*"', r"(%TEMP%\a-\_b_)", r"..\$\_b_", r"\\srv\a-\*b*",
     r"a\]b"],
)  # fmt: skip
def test_a_backslash_before_other_characters_is_shown(body):
    html = markdown.render(body, {"bob": 9})
    assert Parsed(html).text == body
    assert not {"em", "strong", "code", "a"} & {tag for tag, _ in Parsed(html).tags}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\*not bold\*", "*not bold*"),
        (r"\*not bold*", "*not bold*"),
        (r"\**not bold\**", "**not bold**"),
        (r"\*\*not bold\*\*", "**not bold**"),
        (r"\_not italic\_", "_not italic_"),
        (r"\~~here~~", "~~here~~"),
        (r"\`code\`", "`code`"),
        (r"\`code`", "`code`"),
        (r"\> said", "> said"),
        (r"\- item", "- item"),
        (r"\* item", "* item"),
        (r"\+ item", "+ item"),
        (r"1\. item", "1. item"),
        (r"23\) item", "23) item"),
        ("a\n\\- b", "a\n- b"),
        (r"\@bob", "@bob"),
        (r"\&copy;", "&copy;"),
        (r"\[x](https://a.b)", "[x](https://a.b)"),
        (r"\[x\](https://a.b)", "[x](https://a.b)"),
        (r"[x\](https://a.b)", "[x](https://a.b)"),
        (r"[x]\(https://a.b)", "[x](https://a.b)"),
        ("\\```\nx\n\\```", "```\nx\n```"),
        (r"\<https://a.b>", "<https://a.b>"),
        (r"[a\[b](https://a.b)", "a[b"),
        (r"[a\]b](https://a.b)", "a]b"),
        (r"[a\[b\]](https://a.b)", "a[b]"),
        (r"\[\[a](https://a.b)", "[[a](https://a.b)"),
    ],
)
def test_a_backslash_before_markup_is_not_shown(body, text):
    html = markdown.render(body, {"bob": 9})
    assert Parsed(html).text == text
    assert not {tag for tag, _ in Parsed(html).tags} - {"p", "br", "a"}


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (r"*a\*b*", r"<em>a*b</em>"),
        (r"\*a\* *b*", "*a* <em>b</em>"),
        (r"\\*b*", r"\<em>b</em>"),
        (r"\\\*b*", r"\*b*"),
        (r"`\`", r"<code>\</code>"),
        (r"**C:\_x**", r"<strong>C:\_x</strong>"),
        (r"_¯\_(ツ)_/¯_", r"<em>¯\_(ツ)_/¯</em>"),
        (r"__¯\_(ツ)_/¯__ _b_", r"<strong>¯\_(ツ)_/¯</strong> <em>b</em>"),
        (r"*a* ¯\_(ツ)_/¯ _b_", r"<em>a</em> ¯\_(ツ)_/¯ <em>b</em>"),
    ],
)
def test_markup_around_an_escape_stays_markup(body, html):
    assert markdown.render(body) == f"<p>{html}</p>"
