"""How much one person may change in a minute."""

import uuid

import pytest

from chat import limits, publisher
from chat.exceptions import RateLimited
from chat.models import Message
from chat.threads import read


@pytest.fixture(autouse=True)
def _low(settings):
    settings.CHANGES_PER_MINUTE = 6
    limits.whole_at.clear()
    yield
    limits.whole_at.clear()


def refused(user_id: int, now: float) -> int | None:
    """For how many seconds."""
    try:
        limits.take(user_id, now)
    except RateLimited as refusal:
        return refusal.retry_after
    return None


def test_a_minutes_worth_at_once_and_then_as_it_grows_again():
    assert [refused(1, 100) for _ in range(7)] == [None] * 6 + [10]
    assert refused(1, 101) == 9
    assert [refused(1, 110) for _ in range(2)] == [None, 10]
    assert [refused(1, 1000) for _ in range(7)] == [None] * 6 + [10]


def test_each_has_an_allowance_of_their_own():
    assert [refused(1, 100) for _ in range(7)][-1] == 10
    assert refused(2, 100) is None


def test_there_may_be_none(settings):
    settings.CHANGES_PER_MINUTE = 0
    assert [refused(1, 100) for _ in range(1000)] == [None] * 1000


def test_those_whose_allowance_is_whole_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "PEOPLE_KEPT", 3)
    for user_id in (1, 2):
        limits.take(user_id, 100)
    limits.take(3, 109)
    limits.take(4, 110)
    assert set(limits.whole_at) == {3, 4}


def test_a_form_keeps_what_was_typed(client, alice, general):
    client.force_login(alice)
    url = f"/rooms/{general.pk}/messages/"
    answers = [client.post(url, {"body": f"note {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 6 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert "Wait a moment." in answers[-1].text
    assert ">note 6</textarea>" in answers[-1].text
    assert Message.objects.count() == 6


async def test_a_flood_over_a_socket_is_refused_with_the_time_to_wait(connect, alice, general):
    talk = await connect(alice)
    client_ids = [str(uuid.uuid4()) for _ in range(8)]
    for client_id in client_ids:
        await talk.send("post", room=general.pk, client_id=client_id, body="again")
    errors = [await talk.next("error") for _ in range(2)]
    assert [error["client_id"] for error in errors] == client_ids[6:]
    assert {error["code"] for error in errors} == {"rate_limited"}
    assert all(0 < error["retry_after"] <= 20 for error in errors)
    for kind, fields in [
        ("edit", {"body": "x"}),
        ("delete", {}),
        ("react", {"emoji": "👍", "on": True}),
    ]:
        error = await talk.ask(kind, "error", message=1, **fields)
        assert error["code"] == "rate_limited"
    await publisher.hub.batcher.drain()
    assert await read(Message.objects.count) == 6
