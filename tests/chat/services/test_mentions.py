import pytest

from chat.services import editing
from tests.chat.factories import post_message


def mentioned(user, room, body: str) -> list[int]:
    return post_message(user, room, body).mentions


def test_a_username_after_an_at_sign_is_a_mention(alice, bob, general):
    message = post_message(alice, general, "Ask @bob")
    assert message.mentions == [bob.pk]
    assert f'Ask <span class="mention" data-user="{bob.pk}">@bob</span>' in message.html


@pytest.mark.parametrize("written", ["@BOB", "@Bob", "@bOb"])
def test_a_mention_may_be_in_any_case(alice, bob, general, written):
    message = post_message(alice, general, f"Ask {written}.")
    assert message.mentions == [bob.pk]
    assert f">{written}</span>" in message.html


def test_each_person_is_mentioned_once_in_the_order_of_ids(alice, bob, charlie, general):
    assert mentioned(alice, general, "@charlie @bob @charlie") == [bob.pk, charlie.pk]


def test_a_full_stop_after_a_name_is_not_part_of_it(alice, bob, general):
    assert mentioned(alice, general, "Ask @bob. Or (@bob), *@bob*!") == [bob.pk]


def test_a_longer_name_is_another_person(alice, bob, general, django_user_model):
    other = django_user_model.objects.create_user("bob.b-1")
    assert mentioned(alice, general, "@bob.b-1") == [other.pk]
    assert mentioned(alice, general, "@bobby") == []


@pytest.mark.parametrize(
    "body",
    [
        "Ask @nobody",
        "`@bob`",
        "```\n@bob\n```",
        "    @bob",
        "[@bob](https://example.org)",
        "https://example.org/@bob",
        "mail@bob",
        "bob@bob.example.org",
        "@@bob",
        '[x](https://example.org "<span class=mention data-user=1>@bob")',
        '<span class="mention" data-user="1">',
        '`<span class="mention" data-user="1">`',
        '[x](https://e.org \'<span class="mention" data-user="1">\')',
    ],
)
def test_nobody_is_mentioned(alice, bob, general, body):
    assert mentioned(alice, general, body) == []


def test_an_edit_replaces_the_mentions(alice, bob, charlie, general):
    message = post_message(alice, general, "Ask @bob")
    assert editing.edit(alice, message.pk, "Ask @charlie").mentions == [charlie.pk]


def test_a_message_mentions_at_most_50_names(alice, bob, general):
    others = " ".join(f"@nobody{n}" for n in range(50))
    assert mentioned(alice, general, f"@bob {others}") == [bob.pk]
    assert mentioned(alice, general, f"{others} @bob") == []
