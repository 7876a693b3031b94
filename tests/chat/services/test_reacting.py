import pytest

from chat.exceptions import Forbidden, Invalid
from chat.services import editing
from tests.chat.factories import head, post_message


def test_a_reaction_is_the_rooms_next_change(alice, bob, general):
    message = post_message(alice, general)
    assert editing.react(bob, message.pk, "👍", True).version == 2
    editing.react(alice, message.pk, "👍", True)
    editing.react(alice, message.pk, "🎉", True)
    message.refresh_from_db()
    assert message.reactions == {"👍": [bob.pk, alice.pk], "🎉": [alice.pk]}
    assert (message.version, head(general)) == (4, 4)
    assert message.edited_at is None


def test_a_reaction_is_removed(alice, bob, general):
    message = post_message(alice, general)
    editing.react(alice, message.pk, "👍", True)
    editing.react(bob, message.pk, "👍", True)
    assert editing.react(alice, message.pk, "👍", False).reactions == {"👍": [bob.pk]}
    assert editing.react(bob, message.pk, "👍", False).reactions == {}


@pytest.mark.parametrize("times", [1, 2])
def test_a_reaction_without_effect_takes_no_number(alice, general, times):
    message = post_message(alice, general)
    assert editing.react(alice, message.pk, "👍", False).version == 1
    for _ in range(times):
        editing.react(alice, message.pk, "👍", True)
    assert head(general) == 2


def test_a_visitor_of_a_public_room_reacts(charlie, alice, general):
    assert editing.react(charlie, post_message(alice, general).pk, "👍", True).reactions


def test_only_members_react_in_a_private_room(alice, bob, den):
    with pytest.raises(Forbidden):
        editing.react(bob, post_message(alice, den).pk, "👍", True)


def test_a_deleted_message_accepts_no_reactions(alice, general):
    message = editing.delete(alice, post_message(alice, general).pk)
    with pytest.raises(Forbidden):
        editing.react(alice, message.pk, "👍", True)


def test_reacting_to_a_missing_message_is_forbidden(alice):
    with pytest.raises(Forbidden):
        editing.react(alice, 10**9, "👍", True)


def test_a_message_has_at_most_20_different_reactions(alice, bob, general):
    message = post_message(alice, general)
    emoji = [chr(ord("🐀") + n) for n in range(21)]
    for one in emoji[:20]:
        editing.react(alice, message.pk, one, True)
    with pytest.raises(Invalid, match="at most 20"):
        editing.react(alice, message.pk, emoji[20], True)
    assert len(editing.react(bob, message.pk, emoji[0], True).reactions[emoji[0]]) == 2


@pytest.mark.parametrize(
    "emoji",
    [
        "👍",
        "👍🏽",
        "❤️",
        "1️⃣",
        "#️⃣",
        "🇩🇪",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "👨‍👩‍👧‍👦",
        "🧑🏻‍❤️‍💋‍🧑🏿",
        "🏳️‍🌈",
        "‼️",
        "ℹ️",
        "™️",
        "☺️",
        "⬆️",
        "🫠",
    ],
)
def test_an_emoji_is_a_reaction(alice, general, emoji):
    message = editing.react(alice, post_message(alice, general).pk, emoji, True)
    assert message.reactions == {emoji: [alice.pk]}


@pytest.mark.parametrize(
    "emoji",
    ["", " ", "a", "hi", "1", "#", "<", "+", "^", "~", "<b>", "é", "汉", "∑", "₪", "\ud83d", "👍 ",
     "👍\n", "👍\x00", "👍a", "1👍", "👍👍", "👍" * 50, "👍\u200d", "\u200d", "\u2060", "\ufe0f",
     "🏽", "🏽🏽", "🇩", "🇦🇦", "🚗🏽", "←", "♔", "ⓐ", "❤❤", "a❤", "٣⃣", "🏴󠁧󠁢󠁿", "❤" + "\ufe0f" * 50],
)  # fmt: skip
def test_text_that_is_not_an_emoji_is_refused(alice, general, emoji):
    message = post_message(alice, general)
    with pytest.raises(Invalid, match="one emoji"):
        editing.react(alice, message.pk, emoji, True)
    assert head(general) == 1


@pytest.mark.parametrize(
    ("sent", "emoji"),
    [("❤", "❤️"), ("❤\ufe0e", "❤️"), ("☺", "☺️"), ("©", "©️"), ("#⃣", "#️⃣"), ("✌️🏻", "✌🏻"),
     ("👁‍🗨", "👁️‍🗨️"), ("👁️‍🗨", "👁️‍🗨️"), ("🏴‍☠", "🏴‍☠️"), ("🤷‍♂", "🤷‍♂️"), ("🏳‍🌈", "🏳️‍🌈"), ("👍️", "👍")],
)  # fmt: skip
def test_all_forms_of_an_emoji_are_one_reaction(alice, bob, general, sent, emoji):
    message = post_message(alice, general)
    editing.react(alice, message.pk, emoji, True)
    assert editing.react(bob, message.pk, sent, True).reactions == {emoji: [alice.pk, bob.pk]}
    assert editing.react(alice, message.pk, sent, False).reactions == {emoji: [bob.pk]}


def test_skin_tones_are_different_reactions(alice, general):
    message = post_message(alice, general)
    for emoji in ("✌️", "✌🏻", "✌🏿"):
        editing.react(alice, message.pk, emoji, True)
    message.refresh_from_db()
    assert list(message.reactions) == ["✌️", "✌🏻", "✌🏿"]
