"""Limits of changes per minute for a user and for an address, in one process and in several."""

import asyncio
import uuid

import pytest

from chat.exceptions import RateLimited
from chat.live.db_threads import run
from chat.live.hub import running_hub
from chat.models import Message
from chat.rate_limits import limits
from chat.rate_limits.table import Limit
from chatsite.ops import client_address
from tests.site import Site

OFFICE = "203.0.113.5"
DEFAULTS = dict(limits.LIMITS)


@pytest.fixture(autouse=True)
def _low_limits(chat_settings, monkeypatch):
    monkeypatch.setattr(limits.limiter, "exchange_seconds", 3600)  # the tests use their own clock
    monkeypatch.setitem(limits.LIMITS, "CHANGES_PER_MINUTE", Limit(6, 6))
    monkeypatch.setitem(limits.LIMITS, "CHANGES_PER_MINUTE_PER_ADDRESS", Limit(20, 20))
    del chat_settings["CHANGES_PER_MINUTE"]
    del chat_settings["CHANGES_PER_MINUTE_PER_ADDRESS"]


def seconds_until_allowed(user_id: int, now: float, address: str | None = None) -> int | None:
    """Charges one change. Returns the seconds to wait if it is refused, else None."""
    try:
        limits.charge("CHANGES", user_id, address, now=now)
    except RateLimited as refusal:
        return refusal.retry_after
    return None


def test_a_user_may_send_a_burst_and_then_at_the_rate():
    assert [seconds_until_allowed(1, 100) for _ in range(7)] == [None] * 6 + [10]
    assert seconds_until_allowed(1, 101) == 9
    assert [seconds_until_allowed(1, 110) for _ in range(2)] == [None, 10]
    assert [seconds_until_allowed(1, 1000) for _ in range(7)] == [None] * 6 + [10]


def test_each_user_has_their_own_limit():
    assert [seconds_until_allowed(1, 100) for _ in range(7)][-1] == 10
    assert seconds_until_allowed(2, 100) is None


def test_a_higher_cost_uses_more_of_the_limit():
    limits.charge("CHANGES", 1, cost=4.5, now=100)
    assert [seconds_until_allowed(1, 100) for _ in range(2)] == [None, 5]


def test_a_cost_above_the_burst_needs_an_unused_limit():
    limits.charge("CHANGES", 1, cost=12, now=100)
    with pytest.raises(RateLimited) as refusal:
        limits.charge("CHANGES", 1, cost=12, now=150)
    assert refusal.value.retry_after == 70
    limits.charge("CHANGES", 1, cost=12, now=220)


def test_the_cost_of_a_body_depends_on_its_markup():
    assert limits.cost_of("Good morning, everybody" * 40) == 1
    assert limits.cost_of("") == 1
    assert limits.cost_of("**hi**") == pytest.approx(1, abs=0.1)
    assert limits.cost_of("*a " * 1333) > 10


def test_a_setting_changes_the_rate_and_the_burst(chat_settings):
    chat_settings["CHANGES_PER_MINUTE"] = 3
    assert limits.get_limit("CHANGES_PER_MINUTE") == (3, 3)
    chat_settings["CHANGES_PER_MINUTE"] = 12
    assert limits.get_limit("CHANGES_PER_MINUTE") == (12, 12)
    chat_settings["CHANGES_PER_MINUTE"] = 0.1
    assert limits.get_limit("CHANGES_PER_MINUTE") == (0.1, 1)


def test_one_setting_switches_all_limits_off(chat_settings):
    chat_settings["RATE_LIMITS"] = False
    assert [seconds_until_allowed(1, 100, OFFICE) for _ in range(1000)] == [None] * 1000


def test_a_rate_of_zero_means_no_limit(chat_settings):
    chat_settings["CHANGES_PER_MINUTE"] = 0
    assert [seconds_until_allowed(1, 100) for _ in range(1000)] == [None] * 1000


def test_all_users_of_an_address_share_its_limit():
    people = [user_id for user_id in range(1, 5) for _ in range(5)]
    assert [seconds_until_allowed(user_id, 100, OFFICE) for user_id in people] == [None] * 20
    assert seconds_until_allowed(9, 100, OFFICE) == 3
    assert seconds_until_allowed(9, 100, "198.51.100.7") is None
    assert seconds_until_allowed(9, 103, OFFICE) is None


def test_a_refused_user_uses_nothing_of_the_limit_of_the_address():
    assert [seconds_until_allowed(1, 100, OFFICE) for _ in range(30)].count(None) == 6
    assert [seconds_until_allowed(2, 100, OFFICE) for _ in range(6)] == [None] * 6


def test_a_rate_of_zero_means_no_limit_for_an_address(chat_settings):
    chat_settings["CHANGES_PER_MINUTE_PER_ADDRESS"] = 0
    assert [seconds_until_allowed(user_id, 100, OFFICE) for user_id in range(50)] == [None] * 50


def test_an_office_of_500_people_stays_below_the_default_limits():
    """Each of 500 people makes 20 changes at the start of one minute."""
    limits.LIMITS.update(DEFAULTS)
    for user_id in range(500):
        assert [seconds_until_allowed(user_id, 100, OFFICE) for _ in range(20)] == [None] * 20


def test_the_address_is_found_behind_proxies(rf, settings):
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    assert limits.address_of(rf.post("/", headers=forwarded)) == "127.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    request = rf.post("/", headers=forwarded)
    client_address.set_client_address(request)
    assert limits.address_of(request) == "198.51.100.7"


def test_a_project_without_an_address_function_has_no_addresses(rf, chat_settings):
    del chat_settings["CLIENT_ADDRESS_FUNCTION"]
    assert limits.address_of(rf.post("/")) is None


def test_forms_and_the_api_count_for_the_address(client, alice, bob, general, chat_settings):
    chat_settings["CHANGES_PER_MINUTE_PER_ADDRESS"] = 3
    client.force_login(alice)
    url = f"/rooms/{general.pk}/messages/"
    assert [client.post(url, {"body": "hi"}).status_code for _ in range(2)] == [302] * 2
    client.force_login(bob)
    new = [{"client_id": str(uuid.uuid4()), "body": "hi"} for _ in range(2)]
    answers = [client.post(f"/api{url[:-1]}", post, "application/json") for post in new]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert 0 < int(answers[1].headers["Retry-After"]) <= 20
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert client.post(url, {"body": "hi"}, **elsewhere).status_code == 302


def test_a_refused_form_keeps_its_text(client, alice, general):
    client.force_login(alice)
    url = f"/rooms/{general.pk}/messages/"
    answers = [client.post(url, {"body": f"note {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 6 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert "too fast" in answers[-1].text
    assert ">note 6</textarea>" in answers[-1].text
    assert Message.objects.count() == 6


async def test_a_flood_over_a_socket_is_refused_with_a_waiting_time(connect, alice, general):
    socket = await connect(alice)
    client_ids = [str(uuid.uuid4()) for _ in range(8)]
    for client_id in client_ids:
        await socket.send("post", room=general.pk, client_id=client_id, body="again")
    errors = [await socket.next("error") for _ in range(2)]
    assert [error["client_id"] for error in errors] == client_ids[6:]
    assert {error["code"] for error in errors} == {"rate_limited"}
    assert all(0 < error["retry_after"] <= 20 for error in errors)
    for kind, fields in [
        ("edit", {"body": "x"}),
        ("delete", {}),
        ("react", {"emoji": "👍", "on": True}),
    ]:
        error = await socket.ask(kind, "error", message=1, **fields)
        assert error["code"] == "rate_limited"
    await running_hub().batcher.drain()
    assert await run(Message.objects.count) == 6


async def post(socket, room) -> dict:
    """Posts a message and returns the answer, `posted` or `error`."""
    await socket.send("post", room=room.pk, client_id=str(uuid.uuid4()), body="hi")
    while (frame := await socket.receive())["type"] not in ("posted", "error"):
        pass
    return frame


async def count_until_refused(socket, room) -> int:
    """Returns the number of posts before the first refusal."""
    count = 0
    while (await post(socket, room))["type"] == "posted":
        count += 1
        await asyncio.sleep(0.2)
    return count


async def test_sockets_count_for_their_address(
    connect, alice, bob, general, settings, chat_settings
):
    settings.TRUSTED_PROXY_COUNT = 1
    chat_settings["CHANGES_PER_MINUTE_PER_ADDRESS"] = 3
    here, colleague = [await connect(user, **{"X-Forwarded-For": OFFICE}) for user in (alice, bob)]
    elsewhere = await connect(bob, **{"X-Forwarded-For": "198.51.100.7"})
    answers = [await post(socket, general) for socket in (here, here, colleague, colleague)]
    assert [answer["type"] for answer in answers] == ["posted"] * 3 + ["error"]
    assert answers[3]["code"] == "rate_limited"
    assert 0 < answers[3]["retry_after"] <= 20
    assert (await post(elsewhere, general))["type"] == "posted"


@pytest.fixture
def two_webs(transactional_db):
    low = {"CHANGES_PER_MINUTE": "40", "CHANGES_PER_MINUTE_PER_ADDRESS": "50"}  # bursts of 4 and 50
    with Site(processes=2, **low) as site:
        yield [web.url for web in site.webs]


async def test_two_processes_share_the_limit_of_a_user(two_webs, connect, alice, bob, general):
    """Each process soon knows the charges of the other, for the user and for their address."""
    first, second = [await connect(alice, url) for url in two_webs]
    for _ in range(4):
        assert (await post(first, general))["type"] == "posted"
    assert await count_until_refused(second, general) < 6
    error = await post(second, general)
    assert error["code"] == "rate_limited"
    assert error["retry_after"] > 0
