"""The page with the documentation of the API, and the OpenAPI description that it is made from."""

import json
import re

import pytest

from chatsite.community.models import ONLY, Community

pytestmark = pytest.mark.django_db
CHINESE = {"Accept-Language": "zh-CN"}


@pytest.fixture
def described(client):
    return client.get("/api/openapi.json").json()


def calls(described) -> set[tuple[str, str]]:
    return {(verb, path) for path, verbs in described["paths"].items() for verb in verbs}


def call_it(name: str, accent: str = "") -> None:
    Community.objects.create(pk=ONLY, name=name, accent=accent)


def test_the_page_loads_nothing_from_elsewhere(client):
    page = client.get("/api/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(re.match("/(?!/)|#", address) for address in addresses)
    # Our content security policy allows no inline script or style.
    assert not re.search(r"<style|<script(?![^>]*src=)| style=| on\w+=", page.text)


def test_the_root_leads_to_the_page(client):
    assert client.get("/api/").headers["Location"] == "/api/docs"


def test_every_call_of_the_contract_is_described(described):
    assert calls(described) >= {
        ("get", "/api/me"),
        ("get", "/api/users"),
        ("get", "/api/users/online"),
        ("get", "/api/rooms"),
        ("post", "/api/rooms"),
        ("get", "/api/rooms/{room_id}/messages"),
        ("post", "/api/rooms/{room_id}/messages"),
        ("get", "/api/rooms/{room_id}/changes"),
        ("patch", "/api/messages/{message_id}"),
        ("delete", "/api/messages/{message_id}"),
        ("get", "/api/tasks/{task_id}"),
    }
    assert described["components"]["securitySchemes"].keys() == {"Session", "Bearer", "Basic"}


def test_the_page_has_every_call_and_every_type(client, described):
    html = client.get("/api/docs").text
    headings = re.findall(r"<h3 .*?</h3>", html)
    shown = [re.sub("<[^>]+>", "", heading) for heading in headings]
    expected = [f"{verb.upper()} {path}" for verb, path in calls(described)]
    assert sorted(shown) == sorted([*expected, *described["components"]["schemas"]])


def test_every_link_of_the_page_has_a_target(client):
    html = client.get("/api/docs").text
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_a_visitor_reads_the_page_without_the_sidebar(client):
    page = client.get("/api/docs")
    assert 'id="side"' not in page.text
    assert "<script" not in page.text


def test_a_user_reads_the_page_next_to_the_sidebar(client, alice, general):
    client.force_login(alice)
    page = client.get("/api/docs")
    assert 'id="side"' in page.text
    assert f"/rooms/{general.pk}/" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"


def test_a_program_reads_the_page(api, general):
    assert api.get("/api/docs").status_code == 200


def test_a_program_with_a_wrong_token_does_not_read_the_page(client):
    wrong = {"Authorization": "Bearer chat_wrong"}
    assert client.get("/api/docs", headers=wrong).status_code == 401


@pytest.mark.parametrize("name", ["Pottery Club", "نادي الفخار", "<b>&", "W" * 60])
def test_the_page_and_the_description_have_the_name_of_the_site(client, name):
    call_it(name, "#7a1fa2")
    html = client.get("/api/docs").text
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"<h1>The API of <bdi>{escaped}</bdi></h1>" in html
    assert f"<title>API documentation · {escaped}</title>" in html
    assert re.search(r'<link rel="stylesheet" href="/community/\w+\.css">', html)
    assert "Chatsite" not in html
    assert "swagger" not in html.lower()
    assert client.get("/api/openapi.json").json()["info"]["title"] == name


def test_without_a_name_the_description_has_that_of_the_setting(described):
    assert described["info"] == {"title": "Chatsite", "version": "1", "description": ""}


def test_the_name_is_all_that_the_owner_changes_in_the_description(client, described):
    call_it("Pottery Club")
    described["info"]["title"] = "Pottery Club"
    assert client.get("/api/openapi.json").json() == described


def test_the_page_is_in_chinese_and_says_which_text_is_english(client):
    html = client.get("/api/docs", headers=CHINESE).text
    assert '<html lang="zh-Hans"' in html
    assert "<h1><bdi>Chatsite</bdi> 的 API</h1>" in html
    assert '<p lang="en">Me. Your own account.</p>' in html
    ours = re.sub(r'<(p|a|h2|span)[^>]* lang="en">.*?</\1>|<(code|h3|title)\b.*?</\2>', "", html)
    ours = re.sub(r'<a class="call".*?</a>|<code>.*?</code>', "", ours, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]+>", " ", ours)))
    assert words == {"API", "Chatsite", "Cookie", "HTTP", "JSON", "json", "openapi", "shell"}


def test_the_example_of_a_call_has_all_that_it_requires(client):
    html = client.get("/api/docs", headers={"Host": "testserver"}).text
    examples = re.findall(r"<pre><code>(curl.*?)</code></pre>", html, re.DOTALL)
    changes, *_ = (text for text in examples if "/changes" in text)
    assert changes == (
        "curl -sS --fail-with-body \\\n"
        "    &quot;http://testserver/api/rooms/$ROOM_ID/changes?since=$SINCE&quot; \\\n"
        "    -H &quot;Authorization: Bearer $TOKEN&quot;"
    )
    post, *_ = (text for text in examples if "client_id" in text)
    body = re.search("-d &#x27;(.*)&#x27;", post)[1].replace("&quot;", '"')
    assert json.loads(body).keys() == {"client_id", "body"}


@pytest.mark.parametrize(
    "text",
    [
        '<code><a href="#type-MessageOut">MessageOut</a>[]</code>',
        "<code>{ string: (integer | string)[] }</code>",
        "<code>integer | null</code>",
        "in: query, default: 50, maximum: 100, minimum: 1</span>",
        "in: query, maxItems: 200, minItems: 1</span>",
        "format: uuid</span>",
        '<code>reply_to</code> <span class="tag">optional</span>',
        "<dt>200, 201</dt>",
        "<code>here</code> is true if they have the chat open.",
    ],
)
def test_types_and_rules_are_readable(client, text):
    assert text in client.get("/api/docs").text
