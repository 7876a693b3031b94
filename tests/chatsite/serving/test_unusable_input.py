"""Numbers and text that no database accepts never cause a server error, on any route."""

import base64
import json
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chat.models import Message
from chatsite.accounts.models import Token

HOSTILE = {
    "zero": "0",
    "negative": "-1",
    "over_32_bits": str(2**31),
    "over_64_bits": str(2**63),
    "far_over_64_bits": str(10**20),
    "400_digits": "1" + "0" * 400,
    "5000_digits": "1" + "0" * 5000,
    "other_digits": "٣٤",
    "letter": "a",
    "empty": "",
    "NUL": "a\x00b",
    "surrogate": "\udc80",
    "long": "x" * 20_000,
    "no_uuid": "12345678-1234-1234-1234-1234567890zz",
}
# On every route, where each takes seconds.
WORST = ["negative", "over_64_bits", "5000_digits", "NUL", "surrogate", "letter"]
# fmt: off
FIELDS = [
    "body", "client_id", "username", "user", "q", "name", "topic", "private", "login", "email",
    "password", "password1", "password2", "oldpassword", "remember", "code", "page", "before",
    "after", "at", "new", "since", "mark", "limit", "current", "a", "b", "ids", "room", "days",
    "scope", "next", "action", "state", "start", "appears_offline", "_selected_action",
    "select_across", "o", "p", "all", "_popup", "_to_field", "app_label", "model_name",
    "field_name", "object_id", "direct", "reply_to", "room__id__exact",
]
# fmt: on
LENGTH_MAX = 100_000
NOT_ASKED = {
    "readyz",  # reports that no worker runs for the tests' site
    "accounts/logout/",
    "admin/logout/",
}


def routes(resolver, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """(template, parameters) such as ("rooms/{}/", ["room_id"])."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, prefix + template(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + template(pattern.pattern), list(pattern.pattern.converters)


def template(pattern) -> str:
    """The pattern with {} for each of its parameters."""
    text = getattr(pattern, "_route", None)
    if text is None:  # a regular expression of allauth or the admin
        return {"^(?P<url>.*)$": "{}"}.get(pattern._regex, pattern._regex.strip("^$\\Z"))
    edges = [-1, *(n for n, c in enumerate(text) if c in "<>"), len(text)]
    parts = [text[a + 1 : b] for a, b in pairwise(edges)]
    return "{}".join(parts[::2])


ROUTES = sorted({(path, len(names)) for path, names in routes(get_resolver())})


def test_the_routes_are_found():
    assert ("rooms/{}/members/{}/remove/", 2) in ROUTES
    assert ("admin/chat/message/{}/change/", 1) in ROUTES
    assert ("api/messages/{}", 1) in ROUTES


@pytest.fixture(autouse=True)
def _without_limits(chat_settings):
    """Switches the limits off: their refusals would hide the others."""
    chat_settings["RATE_LIMITS"] = False


@pytest.fixture
def browser(staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("dora", password="password123")


def encoded(text: str) -> str:
    return quote(text.encode(errors="surrogateescape"), safe="")


def check(response: HttpResponse) -> None:
    request = response.request
    asked = request["REQUEST_METHOD"], request["PATH_INFO"][:80], request["QUERY_STRING"][:80]
    assert response.status_code < 500, (asked, response.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("name", WORST)
def test_every_path(browser, name):
    value = HOSTILE[name]
    for path, count in ROUTES:
        if count:
            url = "/" + path.replace("{}", encoded(value))
            for method in (browser.get, browser.post):
                check(method(url))
            if path.startswith("api/"):
                check(browser.patch(url, "{}", "application/json"))
                check(browser.delete(url))


@pytest.mark.django_db
@pytest.mark.parametrize("name", WORST)
def test_every_query_and_form(browser, general, name):
    value = HOSTILE[name]
    query = "&".join(f"{field}={encoded(value)}" for field in FIELDS)[:LENGTH_MAX]
    for path, _count in ROUTES:
        if path not in NOT_ASKED:
            url = "/" + path.replace("{}", str(general.pk))
            check(browser.get(f"{url}?{query}"))
            check(browser.post(url, query, content_type="application/x-www-form-urlencoded"))


@pytest.mark.django_db
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_single_fields(browser, general, value):
    """Tests pages that would refuse the other fields before they check this one."""
    for path in (
        "",
        "jump/",
        "people/",
        "sidebar/",
        "online/",
        f"rooms/{general.pk}/",
        "api/users",
    ):
        for field in FIELDS:
            check(browser.get(f"/{path}?{field}={encoded(value)}"))
    for path in ("direct/", "rooms/new/", f"rooms/{general.pk}/messages/"):
        for field in ("user", "username", "name", "topic", "body", "client_id"):
            form = f"name=x&{field}={encoded(value)}"
            check(browser.post(f"/{path}", form, content_type="application/x-www-form-urlencoded"))


@pytest.mark.django_db
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_sign_in(client, alice, value):
    for login, password in ((value, "password123"), ("alice", value), (f"{value}@x.org", value)):
        form = f"login={encoded(login)}&password={encoded(password)}"
        for url in ("/accounts/login/", "/accounts/signup/", "/admin/login/"):
            form += (
                f"&username={encoded(login)}&email={encoded(login)}&password1={encoded(password)}"
            )
            check(client.post(url, form, content_type="application/x-www-form-urlencoded"))
    check(client.get(f"/accounts/password/reset/?email={encoded(value)}"))


@pytest.mark.django_db
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_cookies_and_headers(client, value):
    raw = value.encode(errors="surrogateescape").decode("latin-1")
    for name in ("sessionid", "csrftoken", "messages"):
        client.cookies.clear()
        check(client.get("/", headers={"Cookie": f"{name}={raw}"}))
        quoted = raw.replace("\x00", "\\000")
        check(client.get("/", headers={"Cookie": f'{name}="{quoted[:9000]}"'}))
    basic = base64.b64encode(f"{value}:{value}".encode(errors="surrogateescape")).decode()
    for authorization in (f"Bearer {raw}", f"Basic {raw}", f"Basic {basic}", raw):
        check(client.get("/api/me", headers={"Authorization": authorization}))
    for header in ("X-Forwarded-For", "User-Agent", "Accept-Language", "HX-Current-URL", "Referer"):
        check(client.get("/", headers={header: raw}))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        2**31,
        2**63,
        10**20,
        10**400,
        1.5,
        1e300,
        "a",
        "\x00",
        "\ud800",
        "x" * 1_000_000,
        [],
        {},
        None,
        [[]],
    ],
    ids=lambda value: str(value)[:10],
)
def test_the_bodies_of_the_api(browser, general, value):
    body: dict = {
        **dict.fromkeys(("client_id", "body", "reply_to", "name", "private", "direct"), value),
    }
    one_by_one = [{"client_id": str(uuid4()), "body": "Hello", field: value} for field in body]
    directs = [{"direct": [value, value]}, {"direct": value}, {"name": value}]
    for content in (body, *one_by_one, *directs, value, [value]):
        for path in ("rooms", f"rooms/{general.pk}/messages"):
            check(browser.post(f"/api/{path}", json.dumps(content), "application/json"))


BODIES = {
    "empty": b"",
    "half": b'{"body": "He',
    "not UTF-8": b'{"body": "\xff\xfe"}',
    "BOM": b'\xef\xbb\xbf{"body": "Hello"}',
    "UTF-16": '{"body": "Hello"}'.encode("utf-16"),
    "deep list": b"[" * 100_000,
    "deep object": b'{"body":' * 50_000,
    "NaN": b'{"body": NaN, "reply_to": Infinity}',
    "exponent": b'{"reply_to": 1e400, "limit": -1e400}',
    "the same key twice": b'{"body": "a", "body": 7, "client_id": 1, "client_id": null}',
    "NUL": b"\0\0\0",
    "many fields": b"&".join(b"a%d=1" % n for n in range(5000)),
    "half of a percent sign": b"body=%&name=%f&username=%zz%",
    "a number": b"7",
}
TYPES = [
    "application/json",
    "application/json; charset=nonsense",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=nonsense",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=\xff",
    "text/plain",
    "nonsense",
]


@pytest.mark.django_db
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_malformed_bodies(browser, general, body):
    for path in (
        "api/rooms",
        f"api/rooms/{general.pk}/messages",
        f"rooms/{general.pk}/messages/",
        f"rooms/{general.pk}/draft/",
        "rooms/new/",
        "direct/",
        "accounts/login/",
        "accounts/profile/",
        "accounts/tokens/",
        "admin/login/",
    ):
        for kind in TYPES:
            check(browser.generic("POST", f"/{path}", body, content_type=kind))
    assert not Message.objects.exclude(body="%").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2**63, 10**20, 10**400])
def test_impossible_ids_are_not_found(browser, number):
    assert browser.get(f"/rooms/{number}/").status_code == 404
    assert browser.post(f"/rooms/{number}/messages/", {"body": "Hello"}).status_code == 404
    assert browser.get(f"/api/rooms/{number}/messages").status_code in (404, 422)


def test_an_impossible_token(db, alice):
    token, _ = Token.objects.issue(alice, "test", Token.Scope.READ)
    assert (
        Client().get("/api/me", headers={"Authorization": f"Bearer {token.prefix}"}).status_code
        == 401
    )
