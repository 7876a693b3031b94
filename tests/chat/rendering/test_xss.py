import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.rendering import markdown
from tests.chat.factories import post_message
from tests.chat.rendering.parsing import faults, scheme

CORPUS = [
    # Tags and their event handlers
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror=alert(1)//",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<svg onload=alert(1)>",
    "<svg><script>alert&#40;1)</script>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg/onload=alert(1)//",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=data:text/html,<script>alert(1)</script>>",
    "<embed src=//evil.example/x.swf>",
    "<form action=javascript:alert(1)><button>x",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a onclick=alert(1) href=https://example.org>x</a>",
    "<style>@import '//evil.example/x.css';</style>",
    "<p style=background:url(javascript:alert(1))>x</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<template><script>alert(1)</script></template>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>' ?>",
    "</p><script>alert(1)</script><p>",
    "</div></article><img src=x onerror=alert(1)>",
    # Links
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\tscript:alert(1)>)",
    "[x](java&#9;script:alert(1))",
    "[x](java&Tab;script&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](\u00a0javascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](data:image/png;base64,x)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://example.org/1)",
    "[x](filesystem:https://example.org/1)",
    "[x](view-source:javascript:alert(1))",
    "[x](intent://x#Intent;end)",
    '[x](https://example.org"onmouseover="alert(1))',
    "[x](https://example.org 'a\" onmouseover=\"alert(1)')",
    '[x](https://example.org "" onmouseover=alert(1))',
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[1]: javascript:alert(1)\n[1]",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](x)',
    '![x](x "onerror=alert(1)")',
    "<javascript:alert(1)>",
    "<javascript:alert(1)@example.org>",
    "<data:text/html,x>",
    "javascript:alert(1)",
    "javascript://example.org/%0Aalert(1)",
    'https://example.org/"onmouseover="alert(1)',
    "https://example.org/'onmouseover='alert(1)",
    "https://example.org/<script>alert(1)</script>",
    'bob@example.org"onclick="alert(1)',
    # Code, language names, nesting
    "```<script>\nalert(1)\n```",
    '```" onmouseover="alert(1)\nx\n```',
    "```mention\nx\n```",
    "```js onload=alert(1)\nx\n```",
    "`<img src=x onerror=alert(1)>`",
    "    <script>alert(1)</script>",
    "> <script>alert(1)</script>\n> [x](javascript:alert(1))",
    "- [x](javascript:alert(1))\n  - <img src=x onerror=alert(1)>",
    "**<script>**alert(1)**</script>**",
    "[*x](javascript:alert(1))*",
    "[[x](https://example.org)](javascript:alert(1))",
    "[`x](javascript:alert(1))`",
    "[x](https://a`)<img src=x onerror=alert(1)>`)",
    # Entities, encodings, parsers that disagree
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;",
    "＜script＞alert(1)＜/script＞",
    '<math><mi//xlink:href="data:x,<script>alert(4)</script>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src onerror=x&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    "<textarea></textarea><script>alert(1)</script>",
    "\u2028<script>alert(1)</script>",
    "<scr\x0bipt>alert(1)</script>",
    # Mentions
    "@bob<script>alert(1)</script>",
    '@bob" onmouseover="alert(1)',
    '<span class="mention" data-user="1" onclick="alert(1)">@bob</span>',
    "[@bob](javascript:alert(1))",
]


@pytest.mark.parametrize("body", CORPUS)
def test_no_attack_survives_rendering(body):
    html = markdown.render(body, {"bob": 9})
    assert faults(html) == []


@pytest.mark.parametrize("body", CORPUS)
def test_no_attack_survives_rendering_without_mentions(body):
    assert faults(markdown.render_markup(body, {})) == []


@pytest.mark.parametrize(
    "html",
    [
        "<script></script>",
        "<p onclick='x'></p>",
        "<p>",
        "<a href='java\tscript:x' rel='nofollow noopener noreferrer'></a>",
        "<a href='&#106;avascript:x' rel='nofollow noopener noreferrer'></a>",
        "<a href='https://example.org'></a>",
        "<!-- -->",
        "<span class='other'></span>",
    ],
)
def test_the_check_finds_faults(html):
    assert faults(html)


PIECES = [
    *"<>\"'`&;:()[]!*_~#=/\\\n\t @",
    "<a ", "<img ", "<script>", "</script>", "<svg>", "<math>", "<style>", "<!--", "-->", "</p>",
    "href=", "onerror=", "javascript:", "data:", "JaVaScRiPt&colon;", "https://", "x.com",
    "mailto:", "&#x6a;", "&lt;", "&Tab;", "](", "![", "```", "~~~", "> ", "- ", "1. ",
    "    ", "@bob", "**",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=30).map("".join)


@given(TEXTS)
def test_no_random_text_renders_to_a_fault(text):
    assert faults(markdown.render(text.replace("\r", ""), {"bob": 9})) == []


@pytest.mark.django_db
def test_the_stored_html_has_no_faults(alice, general):
    for body in CORPUS:
        assert faults(post_message(alice, general, body).html) == []


def test_a_scheme_is_read_as_browsers_do():
    assert scheme(" \x01java\nscript:x") == "javascript"
    assert scheme("//example.org") == scheme("/a:b") == ""
