"""Our tables agree with the tables of Unicode."""

import re
from pathlib import Path

import pytest
from emoji import EMOJI_DATA, STATUS

from chat.rendering import emoji

STYLE = emoji.STYLE
NAMED = {text: data["status"] for text, data in EMOJI_DATA.items()}
QUALIFIED = {text for text, status in NAMED.items() if status == STATUS["fully_qualified"]}
OTHERS = {text for text, status in NAMED.items() if status > STATUS["fully_qualified"]}


def test_the_fully_qualified_form_of_an_emoji_stays_unchanged():
    assert len(QUALIFIED) > 3900
    assert {emoji.normalize(text) for text in QUALIFIED} == QUALIFIED
    assert all(emoji.normalize(text) == text for text in QUALIFIED)


def test_each_other_form_becomes_the_fully_qualified_one():
    assert len(OTHERS) > 1200
    for text in OTHERS:
        assert emoji.normalize(text) in QUALIFIED
        assert emoji.normalize(text).replace(STYLE, "") == text.replace(STYLE, "")


@pytest.mark.parametrize("text", ["\U0001fadf", "\U0001fac9", "\U0001f6da", "\U0001fafe\U0001f3fd"])
def test_unassigned_emoji_are_accepted(text):
    assert emoji.normalize(text) == text


def test_the_picker_offers_normalized_emoji():
    picker = Path("chat/static/chat/room/emoji_picker.js").read_text()
    offered = re.findall(r'\["([^"a-z]+)", gettext\("[a-z ]+"\)\]', picker)
    assert len(offered) == 24
    assert [emoji.normalize(text) for text in offered] == offered
