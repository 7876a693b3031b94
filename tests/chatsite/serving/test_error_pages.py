"""Every kind of error, really caused: a page in the site's design, and JSON under /api/."""

import http.client

import pytest

from tests.site import Site, session_of

PRODUCTION = {"DEBUG": "False", "ALLOWED_HOSTS": "127.0.0.1", "SITE_NAME": "Our chat"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def port(django_db_setup, django_db_blocker):
    settings = {"DJANGO_SETTINGS_MODULE": "tests.chatsite.serving.failing_settings"}
    with django_db_blocker.unblock(), Site(**PRODUCTION, **settings) as site:
        yield site.webs[0].port


@pytest.fixture
def ask(port, transactional_db):
    def send(method: str, path: str, body: bytes = b"", **headers: str):
        """Returns (status, headers, text). The path is sent unchanged."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        headers = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body)), **headers}
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()

    return send


def in_the_design_of_the_site(text: str) -> bool:
    return '<header class="top">' in text and 'href="/"' in text and "base" in text


MANY_FIELDS = "&".join(f"f{number}=1" for number in range(1001)).encode()
TOO_BIG = b"x=" + b"x" * 3_000_000
CASES = {
    "bad host": (400, "GET", "{}", b"", {"Host": "evil.example"}),
    "malformed host": (400, "GET", "{}", b"", {"Host": "a b/c"}),
    "many fields": (400, "POST", "{}form", MANY_FIELDS, {"Content_Type": FORM}),
    "malformed multipart": (400, "POST", "{}form", b"y", {"Content_Type": "multipart/form-data"}),
    "suspicious": (400, "GET", "{}suspicious", b"", {}),
    "too big": (413, "POST", "{}form", TOO_BIG, {"Content_Type": FORM}),
    "nowhere": (404, "GET", "{}nowhere/", b"", {}),
    "null byte": (404, "GET", "{}%00", b"", {}),
    "not UTF-8": (404, "GET", "{}%ff%fe", b"", {}),
    "bad percent-encoding": (404, "GET", "{}%zz", b"", {}),
    "dots": (404, "GET", "{}../../etc/passwd", b"", {}),
    "broken": (500, "GET", "{}fail", b"", {}),
    "wrong verb": (405, "POST", "{}get-only", b"", {}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("prefix", ["/", "/api/"])
def test_each_error_has_its_page_and_its_json(ask, name, prefix):
    status, method, path, body, headers = CASES[name]
    got, answered, text = ask(method, path.format(prefix), body, **headers)
    assert got == status
    if prefix == "/api/":
        assert answered["Content-Type"].startswith("application/json")
        assert text.startswith('{"detail"')
    else:
        assert in_the_design_of_the_site(text)
        assert "Our chat" in text
    assert "Traceback" not in text


def test_the_allowed_methods_are_kept(ask):
    _, answered, _ = ask("POST", "/get-only")
    assert "GET" in answered["Allow"]


@pytest.mark.parametrize("path", ["%00", "%ff", "nowhere.css", "..", "a/%00/b"])
def test_a_missing_static_file_is_404(ask, path):
    status, _, text = ask("GET", f"/static/{path}")
    assert status == 404
    assert in_the_design_of_the_site(text)


def test_a_form_without_its_token_has_a_page(ask, alice):
    cookie = f"sessionid={session_of(alice)}"
    status, _, text = ask("POST", "/rooms/new/", b"name=x", Content_Type=FORM, Cookie=cookie)
    assert status == 403
    assert in_the_design_of_the_site(text)


def test_a_write_by_session_without_its_token_has_json(ask, alice):
    cookie = f"sessionid={session_of(alice)}"
    status, answered, _ = ask("POST", "/api/rooms", b"{}", Cookie=cookie)
    assert status == 403
    assert answered["Content-Type"].startswith("application/json")
