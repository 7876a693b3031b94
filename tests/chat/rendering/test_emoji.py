"""Our tables against those of Unicode."""

import re
from pathlib import Path

import pytest
from emoji import EMOJI_DATA, STATUS

from chat.rendering import emoji

STYLE = emoji.STYLE
NAMED = {text: data["status"] for text, data in EMOJI_DATA.items()}
QUALIFIED = {text for text, status in NAMED.items() if status == STATUS["fully_qualified"]}
OTHERS = {text for text, status in NAMED.items() if status > STATUS["fully_qualified"]}


def test_the_fully_qualified_form_of_each_emoji_is_its_own():
    assert len(QUALIFIED) > 3900
    assert {emoji.normalize(text) for text in QUALIFIED} == QUALIFIED
    assert all(emoji.normalize(text) == text for text in QUALIFIED)


def test_each_other_form_becomes_the_fully_qualified_one():
    assert len(OTHERS) > 1200
    for text in OTHERS:
        assert emoji.normalize(text) in QUALIFIED
        assert emoji.normalize(text).replace(STYLE, "") == text.replace(STYLE, "")


@pytest.mark.parametrize("text", ["\U0001fadf", "\U0001fac9", "\U0001f6da", "\U0001fafe\U0001f3fd"])
def test_those_of_next_year_are_emoji_too(text):
    assert emoji.normalize(text) == text


def test_the_picker_offers_the_form_that_the_server_keeps():
    picker = Path("chat/static/chat/room/emoji_picker.js").read_text()
    offered = re.findall(r'\["([^"a-z]+)", "[a-z ]+"\]', picker)
    assert len(offered) == 24
    assert [emoji.normalize(text) for text in offered] == offered
