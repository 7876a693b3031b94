"""The names of cookies: with HTTPS, no other host and no plain HTTP can set them."""

import re
from http.cookies import SimpleCookie

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import PASSWORD
from tests.site import Site, session_of

BY_HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}


@pytest.fixture
def https(transactional_db):
    """Returns a browser that uses the site through an HTTPS proxy."""
    with Site(HTTPS="True", TRUSTED_PROXY_COUNT="1") as site:
        headers = {**BY_HTTPS, "Origin": site.url.replace("http", "https")}
        with httpx.Client(base_url=site.url, headers=headers) as browser:
            yield browser


def test_each_cookie_belongs_to_this_host_only(https, alice):
    jar = SimpleCookie()

    def send(method: str, path: str, **form: str) -> httpx.Response:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
        response = https.request(method, path, data=form, headers={"Cookie": cookie})
        for line in response.headers.get_list("Set-Cookie"):
            jar.load(line)
        return response

    page = send("GET", "/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(.+?)"', page.text)[1]
    signed_in = send(
        "POST", "/accounts/login/", login="alice", password=PASSWORD, csrfmiddlewaretoken=token
    )
    assert signed_in.status_code == 302
    profile = send("GET", "/accounts/profile/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(.+?)"', profile.text)[1]
    saved = send("POST", "/accounts/profile/", name="Alice A", csrfmiddlewaretoken=token)
    assert saved.status_code == 302
    assert set(jar) == {"__Host-csrftoken", "__Host-sessionid", "__Host-messages"}
    for morsel in jar.values():
        assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")
    assert jar["__Host-sessionid"]["httponly"]
    assert send("GET", "/").status_code == 200
    cookie = f"__Host-sessionid={jar['__Host-sessionid'].value}"
    url = f"ws://{https.base_url.netloc.decode()}/ws/"
    headers = {**BY_HTTPS, "Cookie": cookie}
    with connect(url, additional_headers=headers, origin=https.headers["Origin"]) as socket:
        assert '"hello"' in socket.recv()


def test_a_cookie_of_the_plain_name_signs_nobody_in(https, alice):
    page = https.get("/", headers={"Cookie": f"sessionid={session_of(alice)}"})
    assert page.status_code == 302


def test_cookies_have_the_usual_names_without_https(client, alice):
    client.force_login(alice)
    assert set(client.cookies) == {"sessionid"}
