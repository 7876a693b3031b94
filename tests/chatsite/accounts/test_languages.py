"""The language of pages, errors and mails: the person's choice, otherwise the browser's."""

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.test import Client
from django.utils.translation import get_language, gettext, gettext_lazy, override

from chatsite.accounts import languages, socket_auth
from chatsite.accounts.exceptions import Refused
from chatsite.accounts.models import User
from chatsite.ops.database_outage import outage

from .conftest import PASSWORD, bearer

pytestmark = pytest.mark.django_db
ENGLISH, CHINESE = "en-gb", "zh-hans"
SIGN_IN, PROFILE = "/accounts/login/", "/accounts/profile/"
REQUIRED = "This field is required."  # a text of Django, which has its own translation
NEW = "battery staple 7"
PASSWORDS = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}


def browser(accepted: str) -> Client:
    return Client(headers={"Accept-Language": accepted})


def signed_in(user, accepted: str) -> Client:
    client = browser(accepted)
    client.force_login(user)
    return client


def language_of(response) -> str:
    """Returns the language of the header, which is also that of the page."""
    language = response.headers["Content-Language"]
    if "<html" in response.text:
        assert f'<html lang="{language}"'.lower() in response.text.lower()
    return language


def choose(user, language: str) -> None:
    user.language = language
    user.save()


def in_chinese(text: str) -> str:
    with override(CHINESE):
        return gettext(text)


# The browser's language.

ACCEPTED = {
    "": ENGLISH,
    "en-US": ENGLISH,
    "zh": CHINESE,
    "zh-CN": CHINESE,
    "zh-Hans": CHINESE,
    "zh-Hans-SG": CHINESE,
    "ZH-cn": CHINESE,
    "zh-TW": CHINESE,  # without a catalogue: its readers read this one more easily than English
    "zh-TW,en;q=0.8": CHINESE,
    "de": ENGLISH,
    "de,zh-CN;q=0.5": CHINESE,
    "zh-CN;q=0.3,en;q=0.8": ENGLISH,
    "en;q=0.3,zh-CN;q=0.8": CHINESE,
    "*": ENGLISH,
    "*,zh-CN;q=0.5": ENGLISH,
    "zh-CN;q=high": ENGLISH,
    ";;,=\0": ENGLISH,
    "中文": ENGLISH,
    "../../zh": ENGLISH,
    "x" * 10_000: ENGLISH,
    "zh-" + "x" * 10_000: ENGLISH,
    "zh-CN," * 2_000: CHINESE,
}


@pytest.mark.parametrize("accepted", ACCEPTED, ids=lambda text: ascii(text[:20]))
def test_a_page_has_the_language_of_the_browser(accepted):
    response = browser(accepted).get(SIGN_IN)
    assert response.status_code == 200
    assert language_of(response) == ACCEPTED[accepted]


def test_a_browser_that_names_no_language_gets_english(client):
    assert language_of(client.get(SIGN_IN)) == ENGLISH


def test_caches_keep_the_languages_apart(client, alice):
    for path in (SIGN_IN, "/nowhere/", "/api/me"):
        assert "Accept-Language" in client.get(path).headers["Vary"]
    client.force_login(alice)
    assert "Accept-Language" in client.get("/").headers["Vary"]


def test_errors_of_forms_are_translated():
    page = browser("zh-CN").post(SIGN_IN, {}).text
    assert in_chinese(REQUIRED) in page
    assert in_chinese(REQUIRED) != REQUIRED


# The person's choice.


def test_the_choice_wins_on_every_device(alice):
    here, elsewhere = signed_in(alice, "en"), signed_in(alice, "en-US")
    assert language_of(here.get("/")) == ENGLISH
    here.post(PROFILE, {"name": "Alice", "language": CHINESE})
    for client in (here, elsewhere, signed_in(alice, "de")):
        assert language_of(client.get("/")) == CHINESE
    assert language_of(browser("en").get(SIGN_IN)) == ENGLISH


def test_a_choice_belongs_to_one_person(alice):
    choose(alice, CHINESE)
    bob = signed_in(User.objects.create_user("bob"), "en")
    assert language_of(signed_in(alice, "en").get("/")) == CHINESE
    assert language_of(bob.get("/")) == ENGLISH


def test_the_choice_can_be_english(alice):
    choose(alice, ENGLISH)
    assert language_of(signed_in(alice, "zh-CN").get("/")) == ENGLISH


def test_a_person_goes_back_to_the_language_of_the_browser(alice):
    choose(alice, CHINESE)
    client = signed_in(alice, "en")
    client.post(PROFILE, {"name": "Alice", "language": ""})
    alice.refresh_from_db()
    assert alice.language == ""
    assert language_of(client.get("/")) == ENGLISH


def test_the_answer_to_a_choice_is_in_the_chosen_language(alice):
    client = signed_in(alice, "en")
    for language, answer in ((CHINESE, "已保存。"), ("", "Saved."), (ENGLISH, "Saved.")):
        response = client.post(PROFILE, {"name": "Alice", "language": language}, follow=True)
        assert answer in response.text


@pytest.mark.parametrize("language", ["xx", "zh-TW", "zh-hant", "x" * 100, "zh-hans\0", "../en"])
def test_an_unknown_choice_is_refused(alice, language):
    response = signed_in(alice, "en").post(PROFILE, {"name": "Changed", "language": language})
    assert response.context["form"].errors.keys() == {"language"}
    alice.refresh_from_db()
    assert (alice.name, alice.language) == ("Alice", "")


@pytest.mark.parametrize("language", ["xx", "en", "zh", "zh-hant"])
def test_a_choice_that_is_no_longer_offered_falls_back_to_the_browser(alice, language):
    choose(alice, language)
    client = signed_in(alice, "zh-CN")
    assert language_of(client.get("/")) == CHINESE
    client.post(PROFILE, {"name": "Alice A"})
    alice.refresh_from_db()
    assert (alice.name, alice.language) == ("Alice A", "")


def test_the_message_after_the_change_is_in_the_language_of_the_form(alice, translate):
    saved = translate("Saved.")
    client = signed_in(alice, "zh-CN")
    client.post(PROFILE, {"name": "Alice", "language": CHINESE})
    assert saved in client.get(PROFILE).text


def test_a_program_gets_the_choice_of_its_user(alice, token, translate):
    text = translate("This address does not exist.")
    choose(alice, CHINESE)
    response = Client().get("/api/nowhere", headers=bearer(token))
    assert response.json() == {"detail": text}


# One request does not change the language of the next one in its thread.

NEXT = (SIGN_IN, "/nowhere/", "/api/nowhere")
FIRST = {
    "page": lambda client: client.get(SIGN_IN),
    "not found": lambda client: client.get("/nowhere/"),
    "bad host": lambda client: client.get(SIGN_IN, headers={"Host": "evil.example"}),
    "unusable input": lambda client: client.get("/admin/accounts/user/?id=" + "9" * 40),
    "wrong method": lambda client: client.delete("/accounts/devices/tokens/"),
    "signing out": lambda client: client.post("/accounts/logout/"),
    "refused header": lambda client: client.get("/api/me", headers={"Authorization": "x"}),
}


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("chosen", [True, False], ids=["person", "browser"])
def test_no_language_is_left_over(alice, chosen, first):
    alice.is_staff = alice.is_superuser = True
    choose(alice, CHINESE if chosen else "")
    chinese = signed_in(alice, "en" if chosen else "zh-CN")
    before = get_language()
    for path in NEXT:
        FIRST[first](chinese)
        assert get_language() == before
        assert language_of(Client().get(path)) == ENGLISH


def test_no_language_is_left_over_by_a_view_that_fails(alice, monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("chatsite.accounts.views.devices.unexpired", fail)
    choose(alice, CHINESE)
    client = signed_in(alice, "en")
    client.raise_request_exception = False
    assert language_of(client.get("/accounts/devices/")) == CHINESE
    assert language_of(Client().get(SIGN_IN)) == ENGLISH


# Errors.


@pytest.mark.parametrize(("accepted", "language"), [("zh-CN", CHINESE), ("en", ENGLISH)])
def test_error_pages_have_the_language_of_the_browser(accepted, language, translate):
    text = translate("Something in the request is wrong. Go back and try again.")
    client = browser(accepted)
    assert language_of(client.get("/nowhere/")) == language
    response = client.get(SIGN_IN, headers={"Host": "evil.example"})
    assert (response.status_code, language_of(response)) == (400, language)
    assert (text in response.text) is (language == CHINESE)


def test_the_page_of_a_refused_form_has_the_language_of_the_browser(alice):
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "zh-CN"})
    response = client.post(SIGN_IN, {})
    assert (response.status_code, language_of(response)) == (403, CHINESE)


def test_the_page_while_the_database_is_away_has_the_language_of_the_browser(
    monkeypatch, django_assert_num_queries, alice, translate
):
    choose(alice, ENGLISH)
    text = translate("Its database cannot be used now. Try again in a moment.")
    client = signed_in(alice, "zh-CN")
    monkeypatch.setattr(outage, "refuses", True)
    with django_assert_num_queries(0):
        responses = client.get("/"), client.get("/api/me")
    for response in responses:
        assert (response.status_code, language_of(response)) == (503, CHINESE)
    assert text in responses[0].text
    assert responses[1].json() == {"detail": text}


@pytest.mark.parametrize(
    ("path", "headers", "text"),
    [
        ("/api/nowhere", {}, "This address does not exist."),
        ("/api/me", {}, "Sign in, or send Authorization: Bearer with a token."),
        ("/api/me", bearer("wrong"), "That token is unknown, expired or revoked."),
        (SIGN_IN, bearer("wrong"), "That token is unknown, expired or revoked."),
    ],
)
def test_errors_of_the_api_have_the_language_of_the_browser(path, headers, text, translate):
    chinese = translate(text)
    assert browser("zh-CN").get(path, headers=headers).json() == {"detail": chinese}
    assert browser("en-US").get(path, headers=headers).json() == {"detail": text}


def test_a_refusal_is_worded_when_it_is_read(translate):
    chinese = translate("Sign in first.")
    refusal = Refused(gettext_lazy("Sign in first."))
    assert refusal.detail == "Sign in first."
    with override(CHINESE):
        assert refusal.detail == chinese


def test_a_refused_socket_gets_the_language_of_the_browser(translate):
    chinese = translate("This address does not exist.")
    headers = [(b"accept-language", b"zh-CN")]
    scope = {"type": "websocket", "path": "/nowhere", "headers": headers}

    @async_to_sync
    async def closed() -> dict:
        socket = ApplicationCommunicator(socket_auth.refuse_unknown_path, scope)
        await socket.send_input({"type": "websocket.connect"})
        return [await socket.receive_output(5) for _ in range(2)][1]

    assert closed()["reason"] == chinese
    assert get_language() == ENGLISH


def test_the_choices_are_named_in_their_own_languages():
    with override(CHINESE):
        names = dict(languages.choices())
    assert (names[ENGLISH], names[CHINESE]) == ("English", "简体中文")


def test_a_password_that_is_too_short_is_refused_in_the_language_of_the_page(db):
    data = {"name": "李明", "password1": "x1y2"}
    assert "请至少使用 8 个字符。" in browser("zh-CN").post("/accounts/signup/", data).text
    assert "Use at least 8 characters." in browser("en").post("/accounts/signup/", data).text
