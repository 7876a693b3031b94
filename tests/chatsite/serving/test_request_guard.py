"""The request that the application receives, under each server that can run it."""

import re
import socket
import sys

import httpx
import pytest
from django.contrib.sessions.models import Session

from chatsite.serving.request_guard import is_loopback, request_environ
from tests.ports import free_port
from tests.site import SERVER, Web

GRANIAN = (sys.executable, "-m", "granian", "--port", "{port}", "--no-ws", "--interface")
SERVERS = {
    "chatsite.server": SERVER,
    "runserver": (sys.executable, "manage.py", "runserver", "--noreload", "{port}"),
    "granian, WSGI": (*GRANIAN, "wsgi", "chatsite.wsgi:application"),
    "granian, ASGI": (*GRANIAN, "asginl", "chatsite.asgi:application"),
    "uvicorn": (
        *(sys.executable, "-m", "uvicorn", "--port", "{port}", "--no-proxy-headers"),
        "chatsite.asgi:application",
    ),
}
ECHO = {"DJANGO_SETTINGS_MODULE": "tests.chatsite.serving.echo_settings"}
CANARY = "canary-of-the-environment"
CANARIES = {
    name: f"{CANARY}-{name}"
    for name in ("A_SECRET", "SERVER_SECRET", "REMOTE_USER", "HTTP_PROXY", "HTTP_X_CANARY")
}
NEITHER = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
NEITHER |= {"X-Forwarded-Host": "evil.example", "Forwarded": "for=203.0.113.9;proto=https"}


@pytest.fixture
def start(transactional_db):
    """Starts a server by its name in SERVERS."""
    webs = []

    def started(name: str, host: str = "", **environment: str) -> Web:
        *command, application = SERVERS[name]
        options = ("--host", host) if host else ()
        webs.append(Web(command=(*command, *options, application), **ECHO, **environment))
        if host:
            webs[-1].answers = lambda: accepts(host, webs[-1].port)
        webs[-1].start()
        return webs[-1]

    yield started
    for web in webs:
        web.kill()


def accepts(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.fixture(params=SERVERS)
def server(request):
    return request.param


def echo(web: Web, headers=()) -> dict:
    return httpx.get(f"{web.url}/echo/", headers=headers).json()


def test_nothing_of_the_environment_is_in_a_request_or_a_session(start, server, alice):
    alice.set_password("a-long-password")
    alice.save()
    web = start(server, **CANARIES, HTTPS="False")
    assert CANARY not in str(echo(web))
    with httpx.Client(base_url=web.url) as browser:
        sign_in = {"login": "alice", "password": "a-long-password"}
        assert submit(browser, "/accounts/login/", sign_in) == 302
        # After a while the password has to be confirmed again, and the request is stored meanwhile.
        submit(browser, "/accounts/devices/", {"name": "x"}, "/accounts/devices/tokens/")
    rows = list(Session.objects.all())
    assert rows
    assert CANARY not in "".join(str(row.get_decoded()) for row in rows)


def submit(browser: httpx.Client, page: str, form: dict[str, str], to: str = "") -> int:
    html = browser.get(page).text
    token = re.search(r'name="csrfmiddlewaretoken" value="(.+?)"', html)[1]
    return browser.post(to or page, data={**form, "csrfmiddlewaretoken": token}).status_code


def test_forwarded_headers_are_ignored_without_trusted_proxies(start, server):
    web = start(server, HTTPS="True")
    for headers in (NEITHER, {name.replace("-", "_"): value for name, value in NEITHER.items()}):
        found = echo(web, headers)
        assert (found["address"], found["scheme"]) == ("127.0.0.1", "http")
        assert found["host"] == f"127.0.0.1:{web.port}"


@pytest.mark.parametrize("server", sorted({*SERVERS} - {"granian, WSGI"}))
def test_headers_of_a_trusted_proxy_count_and_underscores_do_not(start, server):
    web = start(server, TRUSTED_PROXY_COUNT="1", HTTPS="True")
    forged = [("X_Forwarded_For", "203.0.113.9"), ("X-Forwarded_Proto", "http")]
    written = [("X-Forwarded-For", "8.8.8.8, 198.51.100.7"), ("X-Forwarded-Proto", "https")]
    for headers in (forged + written, written + forged):
        found = echo(web, headers)
        assert (found["address"], found["scheme"]) == ("198.51.100.7", "https")


def test_granian_by_wsgi_does_not_serve_behind_a_proxy(start):
    """Granian merges both names, so the proxy's value cannot be recognized."""
    with pytest.raises(RuntimeError):
        start("granian, WSGI", TRUSTED_PROXY_COUNT="1")


def test_a_header_and_a_variable_of_one_name_are_distinguished():
    inherited = {"HTTP_X": "inherited", "CONTENT_TYPE": "inherited", "PATH": "/bin"}
    environ = {**inherited, "HTTP_Y": "y", "wsgi.input": 1, "REQUEST_METHOD": "GET"}
    assert request_environ(environ, inherited).keys() == {"HTTP_Y", "wsgi.input", "REQUEST_METHOD"}
    environ |= {"HTTP_X": "sent", "CONTENT_TYPE": "text/plain"}
    assert {"HTTP_X", "CONTENT_TYPE"} <= request_environ(environ, inherited).keys()


# While DEBUG is on.


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True),
        ("::ffff:127.0.0.1", True), ("0.0.0.0", False), ("0", False), ("", False), ("::", False),
        ("::ffff:10.0.0.1", False), ("10.0.0.1", False), ("192.168.1.5", False),
        ("no-such-host.invalid", False), ("a" * 300, False), ("2130706433", True),
    ],
)  # fmt: skip
def test_loopback_addresses_are_recognized(host, loopback):
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("address", ["0.0.0.0:{}", "0:{}", "[::]:{}", "no-such-host.invalid:{}"])
def test_runserver_does_not_serve_others(command, address):
    port = free_port()
    server = command("manage.py", "runserver", address.format(port))
    assert server.exit_code() == 1
    assert "DEBUG" in server.lines[-1]


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::", "", "no-such-host.invalid"])
def test_the_server_does_not_serve_others(command, host):
    server = command("-m", "chatsite.server", f"--host={host}", "--port", "0")
    assert server.exit_code() == 1
    assert "DEBUG" in server.lines[-1]


@pytest.mark.parametrize("name", ["granian, WSGI", "granian, ASGI", "uvicorn"])
def test_other_servers_serve_loopback_only(start, name):
    if (own := address_of_this_machine()) is None:
        pytest.skip("This machine has loopback addresses only.")
    web = start(name, own)
    response = httpx.get(f"http://{own}:{web.port}/echo/", headers={"Host": "localhost"})
    assert response.status_code == 403
    assert "DEBUG" in response.text


def address_of_this_machine() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        own = probe.getsockname()[0]
    return None if own.startswith("127.") else own
