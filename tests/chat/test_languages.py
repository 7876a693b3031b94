"""Errors, forms and lists are in the language of their reader; what several people get is English.

LANGUAGE is a text that says in which language it is read.
"""

from uuid import uuid4

import pytest
from django.utils import translation
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy, override

from chat.exceptions import Forbidden, Invalid
from chat.live import connection_limit
from chat.names.field import cleaned
from chat.protocol import server_frames
from chat.rate_limits import limits
from chat.rendering import message_html
from chat.services import admission, editing, people, posts, rooms
from chat.views import sidebar
from chat.views.forms import RoomForm
from tests.chat.factories import post_message
from tests.chat.views.test_sidebar import summary

LANGUAGES = ["en-gb", "zh-hans"]
LANGUAGE = lazy(get_language, str)()
REQUIRED = {"en-gb": "This field is required.", "zh-hans": "这个字段是必填项。"}
TOO_LONG = {
    "en-gb": "Ensure this value has at most 60 ch",
    "zh-hans": "确保该变量包含不超过 60 字符",
}


def name_language(monkeypatch, module, *functions: str) -> None:
    """Lets the functions of a module return the language before each text."""
    module.words_of.cache_clear()
    for name in functions:
        monkeypatch.setattr(module, name, lambda *texts: f"[{get_language()}] {texts[-1]}")


@pytest.fixture
def sidebar_words(monkeypatch):
    name_language(monkeypatch, sidebar, "gettext", "pgettext")
    yield
    sidebar.words_of.cache_clear()


@pytest.fixture
def row_words(monkeypatch):
    name_language(monkeypatch, message_html, "gettext")
    yield
    message_html.words_of.cache_clear()


@pytest.fixture
def without_translation(settings, monkeypatch):
    """A project without USE_I18N."""
    settings.USE_I18N = False
    monkeypatch.setattr(translation, "_trans", type(translation._trans)())


def test_an_error_is_translated_when_it_is_read():
    with override("en-gb"):
        error = Invalid(gettext_lazy("This field is required."))
    for language in LANGUAGES:
        with override(language):
            assert type(error.detail) is str
            assert error.detail == str(error) == error.frame()["detail"] == REQUIRED[language]


def test_errors_of_a_model_are_translated_when_they_are_read(alice):
    with override("en-gb"), pytest.raises(Invalid) as refusal:
        rooms.create(alice, "x" * 61)
    for language in LANGUAGES:
        with override(language):
            assert refusal.value.detail.startswith(TOO_LONG[language])


def test_an_error_of_a_name_is_translated_when_it_is_read(monkeypatch):
    def refuse(text: str) -> str:
        raise Invalid(LANGUAGE)

    monkeypatch.setattr("chat.names.rules.clean", refuse)
    with pytest.raises(Exception, match="en-gb") as refusal:
        cleaned("Garden")
    with override("zh-hans"):
        assert refusal.value.messages == ["zh-hans"]


def test_an_error_has_its_values(db, alice):
    with pytest.raises(Invalid, match=r"^No user named \{0\}%s\.$"):
        people.find("{0}%s")
    with pytest.raises(Invalid, match=r"^Enter at most 50 usernames\.$"):
        people.resolve_ids([], "bob " * 51)
    with pytest.raises(
        Invalid, match=r"^A direct conversation must have 2 to 12 people\. For more"
    ):
        rooms.direct(alice, [])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (2, "2 seconds"), (119, "119 seconds"), (120, "2 minutes")],
)
def test_a_limit_tells_how_long_to_wait(seconds, text):
    error = limits.too_fast(seconds)
    assert error.detail == f"You are doing this too fast. Try again in {text}."
    assert error.retry_after == seconds


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_api_responds_in_the_language_of_its_client(client, alice, language):
    client.force_login(alice)
    data, headers = {"name": "x" * 61}, {"Accept-Language": language}
    response = client.post("/api/rooms", data, "application/json", headers=headers)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(TOO_LONG[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_shows_errors_in_the_language_of_the_browser(client, alice, language):
    client.force_login(alice)
    response = client.post("/rooms/new/", {"name": ""}, headers={"Accept-Language": language})
    assert response.status_code == 422
    assert REQUIRED[language] in response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_shows_the_error_of_a_service_in_its_language(
    client, alice, general, monkeypatch, language
):
    monkeypatch.setattr(posts, "TOO_LONG", LANGUAGE)
    client.force_login(alice)
    url, headers = f"/rooms/{general.pk}/messages/", {"Accept-Language": language}
    response = client.post(url, {"body": "x" * 4001}, headers=headers)
    assert response.status_code == 422
    assert response.context["error"] == language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_socket_gets_errors_of_other_threads_in_its_language(
    connect, bob, general, monkeypatch, language
):
    def refuse_all(posts):
        return {post.key: Forbidden(LANGUAGE) for post in posts}

    monkeypatch.setattr(admission, "_checks", [refuse_all])
    monkeypatch.setattr(posts, "TOO_LONG", LANGUAGE)
    socket = await connect(bob, **{"Accept-Language": language})
    post = {"room": general.pk, "client_id": str(uuid4()), "body": "Hello"}
    assert (await socket.ask("post", "error", **post))["detail"] == language
    edit = {"message": 1, "body": "x" * 4001}
    assert (await socket.ask("edit", "error", **edit))["detail"] == language


async def test_a_refused_socket_gets_the_reason_in_its_language(
    connect, bob, chat_settings, monkeypatch
):
    chat_settings.update(RATE_LIMITS=True, SOCKETS_PER_PERSON=1)
    monkeypatch.setattr(connection_limit, "TOO_MANY", LANGUAGE)
    await connect(bob)
    refused = await connect(bob, **{"Accept-Language": "zh-hans"})
    assert refused.hello["detail"] == "zh-hans"


def test_frames_and_previews_are_english(row_words, alice, general):
    message = editing.delete(alice, post_message(alice, general).pk)
    with override("zh-hans"):
        assert "[zh-hans]" in message_html.row(message, words=message_html.current_words())
        frame = server_frames.message_frame(message, html=True)
        preview = message_html.preview(message, 80)
    assert "Message by" in frame["html"]
    assert "zh-hans" not in frame["html"]
    assert preview == "Message deleted"


def test_the_sidebar_has_the_words_of_its_language(sidebar_words):
    listed = [
        summary(is_new=True, unread=3, mentions=1),
        summary(draft="Well,"),
        summary(kind="private", unread=2),
        summary(kind="private", name=""),
    ]
    for language in [*LANGUAGES, *LANGUAGES]:
        with override(language):
            html = sidebar.rooms_html(listed, None) + sidebar.draft_mark()
        texts = ["New<", "unread<", "unread, mentioning you<", 'Draft"', "draft<", "Nobody<"]
        assert all(f"[{language}] {text}" in html for text in texts)
        assert not any(f"[{other}]" in html for other in {*LANGUAGES} - {language})


def test_errors_forms_and_lists_work_without_translation(without_translation):
    assert "This field is required." in RoomForm({"name": ""}).as_div()
    assert "Private: only invited" in RoomForm().as_div()
    assert limits.too_fast(2).detail.endswith("in 2 seconds.")
    assert ">New<" in sidebar.rooms_html([summary(is_new=True)], None)
