"""Failed sign-ins are limited, with and without Redis; right passwords are not."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client

from chatsite.accounts import failed_sign_ins, header_auth
from chatsite.accounts.failed_sign_ins import ACCOUNT, ACCOUNT_FROM_NETWORK, Failures, Limit
from chatsite.accounts.models import User

from .conftest import PASSWORD, basic, confirm

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
LIMIT = {"alice": Limit(3, 60)}


@pytest.fixture(params=["with Redis", "without Redis"])
def redis(request, monkeypatch):
    """Runs a test with Redis, and with a cache that behaves as it does while Redis is away, as in
    test_redis_outage."""
    if request.param == "without Redis":
        monkeypatch.setattr(failed_sign_ins, "cache", NoCache())
        monkeypatch.setattr("allauth.core.internal.ratelimit.cache", NoCache())


class NoCache:
    """Stores nothing and never fails."""

    def add(self, *args, **kwargs):
        return True

    def get(self, key, default=None, *args):
        return default

    def get_many(self, keys):
        return {}

    def incr(self, *args):
        return None

    def set(self, *args, **kwargs):
        return None

    delete = delete_many = set


def sign_in(client, login="alice", password="wrong"):
    return client.post(LOGIN, {"login": login, "password": password})


def is_refused(response) -> bool:
    return "Too many failed attempts" in response.text


def from_address(address) -> Client:
    return Client(REMOTE_ADDR=address)


def test_the_form_is_limited(redis, client, alice):
    assert not any(is_refused(sign_in(client)) for _ in range(5))
    assert is_refused(sign_in(client, password=PASSWORD))


def test_basic_is_limited(redis, client, alice):
    tries = [client.get("/api/me", headers=basic("alice", "wrong")) for _ in range(6)]
    assert [response.status_code for response in tries] == [401] * 5 + [429]


def test_confirming_the_password_is_limited(redis, client, alice):
    client.force_login(alice)
    wrong = [client.post("/accounts/reauthenticate/", {"password": "wrong"}) for _ in range(5)]
    assert not any(is_refused(response) for response in wrong)
    confirm(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 302


def test_the_old_password_in_the_change_form_is_limited(redis, client, alice):
    client.force_login(alice)
    new = {"password1": "battery staple 7", "password2": "battery staple 7"}
    for old in ["wrong"] * 5 + [PASSWORD]:
        client.post("/accounts/password/change/", {"oldpassword": old, **new})
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_all_ways_to_sign_in_count_together(redis, client, alice):
    for login in ("alice", "ALICE", "alice@example.org", "Alice@Example.ORG", " alice "):
        assert not is_refused(sign_in(client, login))
    response = client.get("/api/me", headers=basic("alice@example.org", PASSWORD))
    assert response.status_code == 429


def test_all_addresses_of_an_account_count_together(client, alice):
    EmailAddress.objects.create(user=alice, email="second@example.org", verified=True)
    for login in ("second@example.org", "alice@example.org") * 3:
        response = sign_in(client, login)
    assert is_refused(response)


@pytest.mark.parametrize("names", [["nobody"], ["nobody", "NOBODY", "ｎobody", " nobody"]])
def test_unknown_names_are_limited_like_known_ones(redis, client, names):
    tries = [is_refused(sign_in(client, names[n % len(names)])) for n in range(6)]
    assert tries == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("198.51.100.7", "::ffff:198.51.100.7", True),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("198.51.100.7", "198.51.100.8", False),
    ],
)
def test_addresses_of_one_network_count_together(alice, one, other, together):
    for _ in range(5):
        sign_in(from_address(one))
    assert is_refused(sign_in(from_address(other))) is together


def test_a_stranger_cannot_lock_the_owner_out(client, alice):
    for _ in range(20):
        sign_in(from_address("198.51.100.7"))
    assert sign_in(client, password=PASSWORD).status_code == 302


def test_many_addresses_are_limited_for_an_account(alice):
    for number in range(ACCOUNT.failures):
        assert not is_refused(sign_in(from_address(f"198.51.100.{number // 4}")))
    assert is_refused(sign_in(from_address("203.0.113.1")))


def test_a_reset_of_the_password_lets_its_owner_in_again(client, alice, rf):
    for number in range(ACCOUNT.failures):
        sign_in(from_address(f"198.51.100.{number // 4}"))
    assert is_refused(sign_in(client, password=PASSWORD))
    failed_sign_ins.reset(rf.get("/"), alice)
    assert sign_in(client, password=PASSWORD).status_code == 302


def test_a_success_does_not_reset_failures(client, alice):
    for _ in range(5):
        sign_in(client)
        header_auth.password_cache.clear()
        client.get("/api/me", headers=basic("alice", PASSWORD))
    assert is_refused(sign_in(client))


def test_limits_can_be_switched_off(client, alice, settings):
    settings.RATE_LIMITS = False
    assert not any(is_refused(sign_in(client)) for _ in range(7))


def test_failures_in_another_process_count(client, alice):
    for _ in range(5):
        sign_in(client)
    failed_sign_ins.failures.clear()  # as if this process had seen none
    assert is_refused(sign_in(client))


def at_the_same_moment(count: int, work) -> list:
    def call(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


@pytest.mark.django_db(transaction=True)
def test_right_passwords_at_the_same_moment_are_never_refused(alice):
    headers = basic("alice", PASSWORD)
    statuses = at_the_same_moment(
        12, lambda _: Client().get("/api/me", headers=headers).status_code
    )
    assert statuses == [200] * 12


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_at_the_same_moment_do_not_slip_through(alice):
    def guess(number):
        return Client().get("/api/me", headers=basic("alice", f"wrong {number}")).status_code

    assert sorted(at_the_same_moment(12, guess)) == [401] * 5 + [429] * 7


def test_an_attempt_waits_for_attempts_in_progress():
    counter, order = Failures(), []
    for _ in range(3):
        assert counter.reserve(LIMIT)

    def wait(_):
        assert counter.reserve(LIMIT)
        order.append("began")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, None)
        time.sleep(0.05)
        order.append("ended")
        counter.release(LIMIT, failed=False)
        waiting.result(10)
    assert order == ["ended", "began"]


def test_failures_are_forgotten_in_time():
    counter = Failures()
    for now in (0, 10, 20):
        assert counter.reserve(LIMIT, now)
        counter.release(LIMIT, True, now)
    assert not counter.reserve(LIMIT, 59)
    assert counter.reserve(LIMIT, 60)


def test_the_number_of_keys_is_bounded():
    counter = Failures(keys_max=10)
    for number in range(1000):
        limits = {f"name/{number}": ACCOUNT_FROM_NETWORK}
        counter.reserve(limits, number)
        counter.release(limits, True, number)
    assert len(counter.failure_times) == 10
    assert not counter.in_progress


def test_an_error_is_not_a_failure(rf, alice):
    limits = failed_sign_ins.sign_in_limits(rf.get("/"), "alice")
    for _ in range(6):
        with pytest.raises(ZeroDivisionError), failed_sign_ins.attempt(limits):
            raise ZeroDivisionError
    with failed_sign_ins.attempt(limits):
        pass


def test_one_password_is_checked_for_every_name_and_address(client, alice, monkeypatch):
    """So the response time does not reveal which names exist."""
    User.objects.create_user("closed", password=PASSWORD, is_active=False)
    User.objects.create_user("robby", is_bot=True)
    checks = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: checks.append(1) or encode(*args)
    )
    logins = ["alice", "alice@example.org", "nobody", "nobody@example.org", "closed", "robby"]
    for login in logins:
        checks.clear()
        sign_in(from_address("203.0.113.9"), login)
        assert len(checks) == 1, login
    texts = {sign_in(from_address("203.0.113.8"), login).text.count("Wrong") for login in logins}
    assert len(texts) == 1


def test_the_keys_in_the_cache_contain_no_names(client):
    cache.clear()
    sign_in(client, "nobody@example.org")
    keys = list(cache.client.get_client().scan_iter("cache:*"))
    assert len(keys) == 4  # one of them is allauth's, for each address
    assert not [key for key in keys if b"nobody" in key]
