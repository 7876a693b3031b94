"""The beginning and the end of a mention in texts of any script."""

import pytest

from chat.rendering import markdown

PEOPLE = {"pablo": 5, "mary": 7, "mary.b": 8, "mary_": 9}


def mentioned(body: str) -> list[int]:
    """Looks up only the names that the body may mention, as a post does."""
    names = markdown.mentioned_names(body)
    people = {name: pk for name, pk in PEOPLE.items() if name in names}
    return markdown.mentioned_ids(markdown.render(body, people))


@pytest.mark.parametrize(
    "body",
    ["@pablo", "@Pablo", "你好@pablo", "@pablo你好", "（@pablo）", "@pablo，", "、@pablo。",
     "「@pablo」", "こんにちは@pabloさん", "カタカナー@pablo", "안녕@pablo님", "สวัสดี@pablo",
     "ສະບາຍດີ@pablo", "សួស្តី@pablo", "မင်္ဂလာပါ@pablo", "مرحبا @pablo",
     "مرحبا، @pablo", "؟@pablo", "привет,@pablo", "привет: @pablo", "«@pablo»",
     "“@pablo”", "¿@pablo?", "—@pablo", "…@pablo", "a\n@pablo", "😀@pablo",
     "❤️@pablo", "1️⃣@pablo", "→@pablo", "\u200b@pablo", "\u3000@pablo",
     "@pablo's", "@pablo’s", "@pablo.", "@pablo...", "@pablo...ok", "@pablo--ok",
     "@pablo!", "@pablo:", "-@pablo", "cc/@pablo", "x.@pablo", "*@pablo*",
     "_@pablo_", "**@pablo**", "~~@pablo~~", "__@pablo__", "> @pablo", "- @pablo",
     "|@pablo|", "\"@pablo\"", "(@pablo)", "[@pablo]", "{@pablo}", "&@pablo",
     "=@pablo", "#@pablo", "`x`@pablo"],
)  # fmt: skip
def test_pablo_is_mentioned(body):
    assert mentioned(body) == [5]


@pytest.mark.parametrize(
    "body",
    ["foo@pablo", "pablo@mary.com", "Привет@pablo", "γειά@pablo", "مرحبا@pablo", "שלום@pablo",
     "हिन्दी@pablo", "e\u0301@pablo", "7@pablo", "@@pablo", "foo_@pablo", "@pabloé", "@pabloвич",
     "@pablos", "@pablo-s", "@pablo.s", "@pablo_s", "\\@pablo", "`@pablo`", "https://a.b/@pablo",
     "a.org/@pablo", "[@pablo](https://a.b)", "@pablo@example.org", "＠pablo", "@ pablo"],
)  # fmt: skip
def test_nobody_is_mentioned(body):
    assert mentioned(body) == []


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ("@mary/@pablo", [5, 7]),
        ("@mary.b.", [8]),
        ("@mary.b_c", []),
        ("@mary_", [9]),
        ("@mary__", [7]),
        ("@mary,@pablo", [5, 7]),
        ("@maryと@pablo", [5, 7]),
    ],
)
def test_the_longest_name_of_a_user_is_mentioned(body, ids):
    assert mentioned(body) == ids


def test_a_backslash_before_a_mention_is_not_shown():
    assert markdown.render("\\@pablo", PEOPLE) == "<p>@pablo</p>"
    assert markdown.render("\\@nobody", PEOPLE) == "<p>\\@nobody</p>"
