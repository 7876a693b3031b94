"""The page and the admin in the language of the browser."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone, translation
from django.utils.html import strip_tags

import presence
from presence import history
from presence.user_status import State

CHINESE = {"accept-language": "zh-CN,zh;q=0.9"}
ONLINE = "/people/online/"
ADMIN = "/admin/presence/"
CHARACTERS = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")

UUID = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}")


@pytest.fixture
def get(client, bob):
    """Returns get(), which returns a page as staff see it, with somebody and something on it."""
    client.force_login(get_user_model().objects.create_superuser("alice"))
    presence.mark_online(bob.pk, timezone.now() - timedelta(minutes=2))
    history.record()

    def page(address, headers=None):
        response = client.get(address, headers=headers)
        assert response.status_code == 200
        return response.text

    return page


def main(html):
    return html.partition("<main")[2].partition(">")[2].partition("</main>")[0]


def latin(html):
    """Returns the words in Latin letters that a reader sees or hears, but not users' keys."""
    labels = re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', html)
    text = strip_tags(re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL))
    return set(re.findall(r"[A-Za-z]{2,}", UUID.sub("", " ".join([text, *labels]))))


def test_the_page_is_in_the_language_of_the_browser(get):
    html = get(ONLINE, CHINESE)
    assert '<html lang="zh-hans">' in html
    assert "<h1>在线</h1>" in html
    assert "目前或几分钟前有 2 人活跃。" in html
    assert "2\xa0分钟前" in html
    assert "过去一天的在线人数" in html
    assert latin(html) == {"alice", "bob"}


def test_each_request_has_its_own_language(get):
    for _ in range(2):
        assert CHARACTERS.search(get(ONLINE, CHINESE))
        english = get(ONLINE)
        assert '<html lang="en">' in english
        assert "2 people active now" in english
        assert "2\xa0minutes ago" in english
        assert not CHARACTERS.search(english)


@pytest.mark.parametrize("path", ["sample/", "lastseen/"])
def test_the_admin_is_in_the_language_of_the_browser(get, path):
    chinese, english = (main(get(ADMIN + path, headers)) for headers in (CHINESE, None))
    assert latin(chinese) <= {"alice", "bob"}
    assert not CHARACTERS.search(english)


def test_a_row_in_the_admin_is_in_the_language_of_the_browser(get, bob):
    html = get(f"{ADMIN}lastseen/{bob.pk}/change/", CHINESE)
    assert latin(main(html)) == {"bob"}
    assert "最后在线时间" in html


def test_each_state_has_a_label():
    with translation.override("zh-hans"):
        assert [state.label for state in State] == ["活跃", "离开", "在线", "曾在线", "离线"]
    with translation.override("en"):
        assert [state.label for state in State] == ["Active", "Away", "Online", "Seen", "Off"]
