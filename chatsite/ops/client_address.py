"""The address that a request comes from, behind TRUSTED_PROXY_COUNT proxies.

Each proxy appends the address of its peer to X-Forwarded-For, so the entry that the outermost of
our proxies wrote is counted from the right. The client can write anything into the entries to the
left.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sets REMOTE_ADDR, so that limits, devices, logs and /metrics all use the same address."""

    def respond(request: HttpRequest) -> HttpResponse:
        set_client_address(request)
        return get_response(request)

    return respond


def set_client_address(request: HttpRequest) -> None:
    """Sets REMOTE_ADDR from the header. The peer's address stays if the header is missing, too
    short, or not an address."""
    count = settings.TRUSTED_PROXY_COUNT
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if count > 0 else []
    found = parse_address(without_port(entries[-count])) if len(entries) >= count > 0 else None
    if found or (found := parse_address(request.META.get("REMOTE_ADDR", ""))):
        request.META["REMOTE_ADDR"] = str(found)


def without_port(entry: str) -> str:
    """Returns the address in `192.0.2.1:5678`, `[2001:db8::1]:5678`, or in one of them without the
    port."""
    host = entry.strip()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def parse_address(address: str) -> IPv4Address | IPv6Address | None:
    """Returns the address, or None if it is invalid. A server that listens on IPv4 and IPv6 reports
    192.0.2.1 as ::ffff:192.0.2.1, which becomes IPv4: all of those would share one IPv6 network."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
