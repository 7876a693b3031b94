import pytest

from chat.rendering import markdown
from tests.chat.rendering.parsing import Parsed


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("**bold** and __bold__", "<p><strong>bold</strong> and <strong>bold</strong></p>"),
        ("*em* and _em_", "<p><em>em</em> and <em>em</em></p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        (
            "```python\nx = 1\n```",
            '<pre><code class="language-python">x = 1\n</code></pre>',
        ),
        ("    indented", "<pre><code>indented</code></pre>"),
        ("1 < 2 & 3 > 2", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>"),
        ("\\*not em\\*", "<p>*not em*</p>"),
        ("it's", "<p>it's</p>"),
    ],
)
def test_the_supported_markup_is_rendered(body, html):
    assert markdown.render(body) == html.replace("indented</code>", "indented\n</code>")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("# Title", "<p># Title</p>"),
        ("Title\n===", "<p>Title<br>\n===</p>"),
        ("---", "<p>---</p>"),
        ("| a |\n|---|", "<p>| a |<br>\n|---|</p>"),
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>"),
        ("[a]: https://example.org", None),
    ],
)
def test_unsupported_markup_stays_text(body, html):
    rendered = markdown.render(body)
    assert html is None or rendered == html
    assert Parsed(rendered).text == body


def test_an_image_is_rendered_as_a_link():
    (link,) = Parsed(markdown.render("![cat](https://example.org/cat.png)")).named("a")
    assert link["href"] == "https://example.org/cat.png"


@pytest.mark.parametrize(
    ("body", "href"),
    [
        ("[x](https://example.org/?a=1&b=2)", "https://example.org/?a=1&b=2"),
        ("see https://example.org/path.", "https://example.org/path"),
        ("see example.org", "http://example.org"),
        ("(www.example.org)", "http://www.example.org"),
        ("<https://example.org>", "https://example.org"),
        ("bob@example.org", "mailto:bob@example.org"),
        ("[x](mailto:bob@example.org)", "mailto:bob@example.org"),
    ],
)
def test_addresses_become_links(body, href):
    (link,) = Parsed(markdown.render(body)).named("a")
    assert link == {"href": href, "rel": "nofollow noopener noreferrer"}


@pytest.mark.parametrize("body", ["`https://example.org`", "```\nexample.org\n```", "    a.org/b"])
def test_addresses_in_code_are_not_links(body):
    assert not Parsed(markdown.render(body)).named("a")


def test_only_names_of_users_are_mentions():
    html = markdown.render("@Bob, @nobody", {"bob": 9})
    assert html == '<p><span class="mention" data-user="9">@Bob</span>, @nobody</p>'
    assert markdown.mentioned_ids(html) == [9]
