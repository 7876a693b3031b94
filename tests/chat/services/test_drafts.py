"""If several devices save a draft, the one that was typed last is kept."""

import pytest

from chat.exceptions import Forbidden
from chat.live.db_threads import run
from chat.models import BODY_MAX_CHARACTERS
from chat.services import drafts
from chat.services.drafts import Draft

NOW = 1_800_000_000_000


def test_the_draft_typed_last_is_kept_in_any_order_of_arrival(alice, general):
    assert drafts.save(alice, general.pk, Draft("late", None, NOW - 10), NOW).body == "late"
    kept = drafts.save(alice, general.pk, Draft("early", 3, NOW - 20), NOW)
    assert kept == drafts.get(alice, general.pk) == Draft("late", None, NOW - 10)
    assert drafts.save(alice, general.pk, Draft("", None, NOW - 5), NOW).body == ""


def test_a_draft_keeps_the_message_that_it_answers(alice, general):
    drafts.save(alice, general.pk, Draft("Yes", 7), NOW)
    assert drafts.get(alice, general.pk) == Draft("Yes", 7, NOW)


@pytest.mark.parametrize("reply_seq", [0, 2**63, 10**14, None])
def test_an_invalid_reply_number_is_dropped(alice, general, reply_seq):
    kept = drafts.save(alice, general.pk, Draft("Yes", reply_seq), NOW).reply_seq
    assert kept in (None, 10**14)


def test_a_clock_that_is_ahead_does_not_win_forever(alice, general):
    drafts.save(alice, general.pk, Draft("from the future", None, NOW + 10**9), NOW)
    assert drafts.save(alice, general.pk, Draft("typed later", None, NOW + 5), NOW + 5).body == (
        "typed later"
    )


def test_only_members_have_drafts_in_a_room(bob, charlie, general, den):
    for user, room_id in ((charlie, general.pk), (bob, den.pk), (bob, 2**63 - 1)):
        for call in (lambda *of: drafts.save(*of, Draft("x")), drafts.get):
            with pytest.raises(Forbidden):
                call(user, room_id)


def test_a_draft_may_be_longer_than_a_message_but_is_limited(alice, general):
    kept = drafts.save(alice, general.pk, Draft("a\x00" * 30_000))
    assert kept.body == "a" * drafts.MAX_CHARACTERS
    assert drafts.MAX_CHARACTERS > BODY_MAX_CHARACTERS


def test_the_page_returns_the_draft_that_is_kept(client, alice, general):
    client.force_login(alice)
    url = f"/rooms/{general.pk}/draft/"
    kept = client.post(url, {"body": "typed", "reply_seq": "7", "at": str(NOW - 10**12)}).json()
    assert kept == {"body": "typed", "reply_seq": 7, "at": NOW - 10**12}
    older = {"body": "older", "reply_seq": "x", "at": "5"}
    assert client.post(url, older).json() == kept
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("at", ["", "x", "-1", "9" * 30, "1e5"])
def test_an_invalid_time_counts_as_now(client, alice, general, at):
    client.force_login(alice)
    before = drafts.milliseconds()
    kept = client.post(f"/rooms/{general.pk}/draft/", {"body": "typed", "at": at}).json()
    assert before <= kept["at"] <= drafts.milliseconds()


async def test_other_devices_of_the_user_receive_the_draft(connect, url, alice, bob, general):
    mine, theirs = await connect(alice, url), await connect(bob, url)
    await run(drafts.save, alice, general.pk, Draft("half", 3), NOW)
    assert await mine.next("draft") == {
        **{"type": "draft", "room": general.pk},
        **{"body": "half", "reply_seq": 3, "at": NOW},
    }
    assert "draft" not in [frame["type"] for frame in await theirs.settled()]
