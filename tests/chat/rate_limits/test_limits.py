"""How much one person, and one address, may change in a minute: in one process, and in several."""

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
def _low(settings, monkeypatch):
    monkeypatch.setattr(limits.limiter, "exchange_seconds", 3600)  # the tests have their own clock
    monkeypatch.setitem(limits.LIMITS, "CHANGES_PER_MINUTE", Limit(6, 6))
    monkeypatch.setitem(limits.LIMITS, "CHANGES_PER_MINUTE_PER_ADDRESS", Limit(20, 20))
    del settings.CHANGES_PER_MINUTE, settings.CHANGES_PER_MINUTE_PER_ADDRESS


def refused(user_id: int, now: float, address: str | None = None) -> int | None:
    """For how many seconds."""
    try:
        limits.charge("CHANGES", user_id, address, now=now)
    except RateLimited as refusal:
        return refusal.retry_after
    return None


def test_a_burst_and_then_as_much_as_grows_again():
    assert [refused(1, 100) for _ in range(7)] == [None] * 6 + [10]
    assert refused(1, 101) == 9
    assert [refused(1, 110) for _ in range(2)] == [None, 10]
    assert [refused(1, 1000) for _ in range(7)] == [None] * 6 + [10]


def test_each_has_an_allowance_of_their_own():
    assert [refused(1, 100) for _ in range(7)][-1] == 10
    assert refused(2, 100) is None


def test_what_costs_more_uses_more():
    limits.charge("CHANGES", 1, cost=4.5, now=100)
    assert [refused(1, 100) for _ in range(2)] == [None, 5]


def test_what_costs_more_than_a_burst_needs_all_of_it():
    limits.charge("CHANGES", 1, cost=12, now=100)
    with pytest.raises(RateLimited) as refusal:
        limits.charge("CHANGES", 1, cost=12, now=150)
    assert refusal.value.retry_after == 70
    limits.charge("CHANGES", 1, cost=12, now=220)


def test_a_body_costs_what_its_markup_does():
    assert limits.cost_of("Good morning, everybody" * 40) == 1
    assert limits.cost_of("") == 1
    assert limits.cost_of("**hi**") == pytest.approx(1, abs=0.1)
    assert limits.cost_of("*a " * 1333) > 10


def test_a_limit_that_is_set_takes_its_burst_along(settings):
    settings.CHANGES_PER_MINUTE = 3
    assert limits.limit_of("CHANGES_PER_MINUTE") == (3, 3)
    settings.CHANGES_PER_MINUTE = 12
    assert limits.limit_of("CHANGES_PER_MINUTE") == (12, 12)
    settings.CHANGES_PER_MINUTE = 0.1
    assert limits.limit_of("CHANGES_PER_MINUTE") == (0.1, 1)


def test_all_can_be_switched_off(settings):
    settings.RATE_LIMITS = False
    assert [refused(1, 100, OFFICE) for _ in range(1000)] == [None] * 1000


def test_there_may_be_none(settings):
    settings.CHANGES_PER_MINUTE = 0
    assert [refused(1, 100) for _ in range(1000)] == [None] * 1000


def test_everybody_behind_one_address_together():
    people = [user_id for user_id in range(1, 5) for _ in range(5)]
    assert [refused(user_id, 100, OFFICE) for user_id in people] == [None] * 20
    assert refused(9, 100, OFFICE) == 3
    assert refused(9, 100, "198.51.100.7") is None
    assert refused(9, 103, OFFICE) is None


def test_who_is_refused_uses_nothing_of_the_others_at_their_address():
    assert [refused(1, 100, OFFICE) for _ in range(30)].count(None) == 6
    assert [refused(2, 100, OFFICE) for _ in range(6)] == [None] * 6


def test_an_address_may_be_without_limit(settings):
    settings.CHANGES_PER_MINUTE_PER_ADDRESS = 0
    assert [refused(user_id, 100, OFFICE) for user_id in range(50)] == [None] * 50


def test_an_office_of_hundreds_behind_one_address_meets_none():
    """Each of 500 people posts, edits or reacts twenty times in one minute, all from its start."""
    limits.LIMITS.update(DEFAULTS)
    for user_id in range(500):
        assert [refused(user_id, 100, OFFICE) for _ in range(20)] == [None] * 20


def test_the_address_is_found_behind_proxies(rf, settings):
    request = rf.post("/", headers={"X-Forwarded-For": "198.51.100.7"})
    assert limits.address_of(request) == "127.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 1
    client_address.set_client_address(request)
    assert limits.address_of(request) == "198.51.100.7"


def test_a_project_that_does_not_say_how_has_no_addresses(rf, settings):
    del settings.CLIENT_ADDRESS_FUNCTION
    assert limits.address_of(rf.post("/")) is None


def test_forms_and_the_api_count_for_the_address_too(client, alice, bob, general, settings):
    settings.CHANGES_PER_MINUTE_PER_ADDRESS = 3
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


def test_a_form_keeps_what_was_typed(client, alice, general):
    client.force_login(alice)
    url = f"/rooms/{general.pk}/messages/"
    answers = [client.post(url, {"body": f"note {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 6 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert "too fast" in answers[-1].text
    assert ">note 6</textarea>" in answers[-1].text
    assert Message.objects.count() == 6


async def test_a_flood_over_a_socket_is_refused_with_the_time_to_wait(connect, alice, general):
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
    """The answer: `posted` or `error`."""
    await socket.send("post", room=room.pk, client_id=str(uuid.uuid4()), body="hi")
    while (frame := await socket.receive())["type"] not in ("posted", "error"):
        pass
    return frame


async def until_refused(socket, room) -> int:
    """How many posts went through before."""
    count = 0
    while (await post(socket, room))["type"] == "posted":
        count += 1
        await asyncio.sleep(0.2)
    return count


async def test_sockets_count_for_their_address(connect, alice, bob, general, settings):
    settings.TRUSTED_PROXY_COUNT, settings.CHANGES_PER_MINUTE_PER_ADDRESS = 1, 3
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


async def test_one_person_connected_to_two_processes(two_webs, connect, alice, bob, general):
    """The second process knows soon what the first one let through, and the other way round: for
    the person, and for the address that both are at."""
    first, second = [await connect(alice, url) for url in two_webs]
    for _ in range(4):
        assert (await post(first, general))["type"] == "posted"
    assert await until_refused(second, general) < 6
    error = await post(second, general)
    assert error["code"] == "rate_limited"
    assert error["retry_after"] > 0
