"""The client address of a request, and which ones may read /metrics."""

import pytest

from chatsite.ops import client_address, rate_limits

pytestmark = pytest.mark.django_db
PEER = "198.51.100.1"


def address(rf, forwarded: str | None, peer: str = PEER) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = rf.get("/", headers=headers, REMOTE_ADDR=peer)
    client_address.set_client_address(request)
    return request.META["REMOTE_ADDR"]


@pytest.mark.parametrize("forwarded", [None, "", "203.0.113.9", "127.0.0.1, ::1", "nonsense"])
@pytest.mark.parametrize("peer", [PEER, "127.0.0.1", "::1"])
def test_the_address_without_proxies_is_that_of_the_peer(rf, forwarded, peer):
    assert address(rf, forwarded, peer) == peer


@pytest.mark.parametrize(
    ("count", "forwarded", "expected"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "8.8.8.8, 203.0.113.9", "203.0.113.9"),
        (2, "8.8.8.8, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, " 203.0.113.9:41000 ", "203.0.113.9"),
        (1, "[2001:db8::1]:41000", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9", PEER),
        (1, None, PEER),
        (1, "", PEER),
        (1, "203.0.113.9,", PEER),
        (1, "unknown", PEER),
        (1, "203.0.113.999", PEER),
        (1, "[::1", "::1"),
    ],
)
def test_the_address_behind_proxies_is_the_entry_of_the_outermost_one(
    rf, settings, count, forwarded, expected
):
    settings.TRUSTED_PROXY_COUNT = count
    assert address(rf, forwarded) == expected


def test_an_ipv4_address_on_an_ipv6_listener_stays_ipv4(rf):
    """Otherwise all IPv4 addresses would share the limit of one IPv6 network."""
    assert address(rf, None, "::ffff:203.0.113.9") == "203.0.113.9"


def test_a_peer_without_an_address_has_none(rf):
    request = rf.get("/", REMOTE_ADDR="")
    client_address.set_client_address(request)
    assert rate_limits.address_of(request) is None


@pytest.mark.parametrize("peer", ["", "unix:", "localhost", "127.0.0.1:80", "10.0.0.300", "%"])
def test_metrics_are_refused_to_a_peer_without_an_address(client, peer):
    assert client.get("/metrics", REMOTE_ADDR=peer).status_code == 403


def test_metrics_are_for_loopback_in_any_notation(client):
    assert client.get("/metrics", REMOTE_ADDR="::ffff:127.0.0.1").status_code == 200


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-Proto"])
def test_metrics_are_refused_to_requests_from_a_local_proxy(client, name):
    assert client.get("/metrics", headers={name: "x"}).status_code == 403


def test_metrics_are_refused_to_a_client_of_a_trusted_proxy(client, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=forwarded).status_code == 403
