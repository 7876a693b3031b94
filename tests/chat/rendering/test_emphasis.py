import pytest

from chat.rendering import markdown


def rendered(body: str) -> str:
    return markdown.render(body).removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("***a***", "<em><strong>a</strong></em>"),
        ("***a** b*", "<em><strong>a</strong> b</em>"),
        ("***a* b**", "<strong><em>a</em> b</strong>"),
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        ("*a **b** c*", "<em>a <strong>b</strong> c</em>"),
        ("*a _b* c_", "<em>a _b</em> c_"),
        ("**a ~~b** c~~", "<strong>a ~~b</strong> c~~"),
        ("**~~a~~**", "<strong><s>a</s></strong>"),
        ("a*b*c", "a<em>b</em>c"),
        ("**a**b**c**", "<strong>a</strong>b<strong>c</strong>"),
        ("*foo**bar*", "<em>foo**bar</em>"),
        ("**a", "**a"),
        ("a * b * c", "a * b * c"),
        ("2 * 3*4", "2 * 3*4"),
        ("~a~ ~~~b~~~", "~a~ ~~~b~~~"),
        ("**a\nb**", "<strong>a<br>\nb</strong>"),
        (
            "**[a**](https://b.c)",
            '**<a href="https://b.c" rel="nofollow noopener noreferrer">a**</a>',
        ),
    ],
)
def test_emphasis_follows_commonmark(body, html):
    assert rendered(body) == html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("**重要**的", "<strong>重要</strong>的"),
        ("**「重要」**的", "<strong>「重要」</strong>的"),
        ("这是**「重要」**", "这是<strong>「重要」</strong>"),
        ("**注意：**请看", "<strong>注意：</strong>请看"),
        ("**テスト。**テスト", "<strong>テスト。</strong>テスト"),
        ("**(중요)**합니다", "<strong>(중요)</strong>합니다"),
        ("~~「x」~~的", "<s>「x」</s>的"),
        ("**done!**👍", "<strong>done!</strong>👍"),
        ("👍**(a)**", "👍<strong>(a)</strong>"),
    ],
)
def test_emphasis_works_in_scripts_without_spaces(body, html):
    assert rendered(body) == html


@pytest.mark.parametrize(
    "body",
    ["snake_case_name", "__init__.py", "src/__init__.py", "src/_a_/b", "变量_名_字", "имя_файла_x",
     "नाम_फ़ाइल_x", "a_b_", "_a_b", "ಠ_ಠ", "¯_(ツ)_/¯", "*_*", "-_-", "^_^", "(*_*)", "x_(y)_z",
     "_foo_(bar)", "****", "**", "_", "*-", "__"],
)  # fmt: skip
def test_names_and_emoticons_stay_unchanged(body):
    assert rendered(body) == body
