"""The rule for names that people see, and the names that look alike."""

import unicodedata

import pytest
from django.utils.translation import override

from chat.exceptions import Invalid
from chat.names import alphabets, rules

LEGITIMATE = """
李小龙 | 王 伟 | ゆうこ | 山田ゆうこ | カラオケ部 | 東京Tokyo | 김철수 | Kim 철수 | ㄅㄆㄇ
أحمد | محمد‌رضا | فاطِمَة | אָבִי | שָׁלוֹם | שלמה | ܝܘܚܢܢ | ߒߞߏ
ศักดิ์ | กิตติพงษ์ | ລາວ | ភីម | မောင် | བསྟན་འཛིན
नमस्ते | प्रिया | প্রিয়া | ਗੁਰਪ੍ਰੀਤ | ગીતા | தமிழ் | తెలుగు | ಕನ್ನಡ | മലയാളം | ශ්‍රී | ଓଡ଼ିଆ
Nguyễn Thị Hương | Łukasz | Đorđe | Zoë | Ægir | Bjørn | Çağrı | İbrahim | Siôn | Ọláyínká | Ṣọlá
O’Brien | O'Brien | D'Arcy-José | Jean-Luc | María José | ʻOkina | Nǃxau | Dr. Who | Bob (HR)
Анна | Ольга-Мария | Ґалаґан | Κώστας | ᾧδή | Աննա | გიორგი | አበበ | ᏣᎳᎩ | ⵜⵉⴼⵉⵏⴰⵖ | ᠮᠣᠩᠭᠣᠯ
ꦱꦸꦭꦶ | မြို့ | ကြောင့် | ᾄ | ớ
👩‍🚀 Ana | 👩🏽‍🚀 | 👍🏽 | ❤️ Ana | ❤ Ana | 1️⃣ Room | 🏳️‍🌈 | 🇩🇪 Uli | 🫨 | ★
C++ | 100% | #general | 42
"""

HOSTILE = [
    "\u3164",  # Hangul filler
    "\u3164Bob",
    "\u115f\u1160",
    "\uffa0",
    "\u2800",  # Braille blank
    "\U0001d159",  # musical null notehead
    "\ufffc",
    "Al\u200bice",  # zero-width space
    "Alice\u200b",
    "Al\u2060ice",
    "\ufeffAlice",
    "Al\u00adice",  # soft hyphen
    "Alice\u180e",
    "Al\u034fice",
    "Al\u17b4ice",
    "Al\u202eeci",  # right-to-left override
    "\u202dAlice",
    "\u2066Alice\u2069",
    "Alice\u200e",
    "Alice\u200f",
    "Al\u061cice",
    "Al\U000e0069ce",  # tag
    "Alice\U000e0100",  # variation selector
    "Alice\ufe0f",
    "A\ufe0elice",
    "\x00Alice",
    "Al\x07ice",
    "Al\x7fice",
    "Al\x9bice",
    "Alice\ue000",  # private use
    "Alice\ud83d",  # half a surrogate pair
    "Alice\ufdd0",  # not a character
    "Alice\uffff",
    "Alice\u0378",  # unassigned
    "Alice\u200d",  # joiners that join nothing
    "Al\u200dice",
    "\u200c\u200c",
    "😀\u200d",
    "\u200d😀",
    "A\u200d😀",
    "नमस्ते\u200d",
    "Gеneral",  # has a Cyrillic letter
    "Аdmin",
    "pаypаl support",
    "Ρaypal",  # Greek
    "αdmin",
    "Օscar",  # Armenian
    "한Ж",
    "Hаn李",
    "G\u0301\u0327еneral",  # marks do not end a word
    "Z\u0337\u0322\u0353algo",
    "a\u0302\u0302",  # the same mark twice
    "ấ\u0323\u0324",
    "ก็็็",
    "\u0301Bob",  # a mark without a letter
    "Bob \u0301",
    "Bob\u0489",  # an enclosing mark
    "A\u20e3",
    "Bob\u0e49",  # a mark of another alphabet, which is hardly visible or invisible
    "Bob\u17d2",
    "B\u1039ob",
    "Bob\u2d7f",
    "Bob\u05b0",
    "Bob\u064b",
    "Bob\u3099",
    "Боб\u094d",
    "אבא\u0e31",
    "王\u0bcd",
    "1\u0e49",
    "🚀\u0301",
    "Bob\U00016fe4",
    "...",
    "—",
    "“”",
]


@pytest.mark.parametrize("name", " | ".join(LEGITIMATE.strip().split("\n")).split(" | "))
def test_a_name_of_any_language_stays_unchanged(name):
    assert rules.clean(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_deceptive_name_is_refused(name):
    with pytest.raises(Invalid) as refusal:
        rules.clean(name)
    assert refusal.value.detail.endswith(".")


def test_the_refusal_names_the_character():
    with pytest.raises(Invalid, match=r"Remove the invisible character U\+200B\."):
        rules.clean("Al\u200bice")
    with pytest.raises(Invalid, match=r"“Gеneral” mixes letters of Cyrillic and Latin\. Use one"):
        rules.clean("The Gеneral")


def test_the_refusal_names_the_alphabets_in_the_language_of_its_reader():
    with pytest.raises(Invalid) as refusal:
        rules.clean("The Gеneral")
    with override("zh-hans"):
        assert "西里尔文" in refusal.value.detail
        assert "拉丁文" in refusal.value.detail
    with override("fr"):  # without names in this language
        assert "Cyrillic" in refusal.value.detail


def test_each_alphabet_has_a_name():
    for language in ("en-gb", "zh-hans"):
        assert alphabets.names_in(language).keys() >= {*rules.JOINING, *set().union(*rules.MIXES)}
    with override("en-gb"):
        assert alphabets.name_of("Old_Italic") == "Old Italic"
        assert alphabets.name_of("of a future Unicode") == "of a future Unicode"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ana   Lima ", "Ana Lima"),
        ("Ana\u00a0Lima", "Ana Lima"),
        ("Ana\u3000Lima\u2003", "Ana Lima"),
        ("Ana\tLima\r\n", "Ana Lima"),
        ("Ana\u2028Lima\u0085", "Ana Lima"),
        ("Jose\u0301", "José"),
        ("\u212bngstro\u0308m", "Ångström"),
        (" \u00a0\n", ""),
        ("", ""),
    ],
)
def test_white_space_and_composition_are_normalized(typed, kept):
    assert rules.clean(typed) == kept


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("General", "general"),
        ("General", "GeneraI"),  # a capital I
        ("general", "GENERAI".replace("I", "l")),
        ("General", "𝐆𝐞𝐧𝐞𝐫𝐚𝐥"),
        ("General", "Ｇｅｎｅｒａｌ"),
        ("General", "Genera|"),
        ("paypal", "paypa1"),
        ("paypal", "PayPaI"),
        ("alice", "AIice"),
        ("linda", "Iinda"),
        ("Bob", "B0b"),
        ("Bob", "ВОВ"),  # Cyrillic
        ("cop", "сор"),  # Cyrillic
        ("apple", "аррӏе"),
        ("alice", "аӏісе"),
        ("Admin", "ᴀdmin"),  # small capitals
        ("General", "ɢeneral"),
        ("Timo", "ᴛɪᴍᴏ"),
        ("William", "VVilliam"),
        ("news", "nevvs"),
        ("Admin", "🅰🅳🅼🅸🅽"),
        ("Bob", "🅑🅞🅑"),
        ("ANITA", "ΑΝΙΤΑ"),  # Greek
        ("modern", "rnodern"),
        ("strasse", "straße"),
        ("❤ Ana", "❤️ Ana"),
        ("محمدرضا", "محمد‌رضا"),
        ("file", "ﬁle"),
        ("Ana Lima", "Ana\u00a0Lima"),
    ],
)
def test_names_that_look_alike_have_a_key_in_common(name, other):
    assert rules.keys(name) & rules.keys(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ian", "Lan"),
        ("Mail", "Mall"),
        ("MAIL", "Mall"),
        ("Iain", "Lain"),
        ("José", "Jose"),
        ("Łukasz", "Lukasz"),
        ("Анна", "Anna"),
        ("Ana", "Ana L."),
        ("Ana Lima", "AnaLima"),
        ("room 1", "room 2"),
        ("person10", "person11"),
        ("王伟", "王薇"),
        ("Ana 🚀", "Ana"),
    ],
)
def test_different_names_have_no_key_in_common(name, other):
    assert not rules.keys(name) & rules.keys(other)


def test_all_keys_have_the_same_length():
    assert {len(key) for key in rules.keys("\ufdfa" * 60)} == {rules.KEY_CHARACTERS}
