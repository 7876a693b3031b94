"""Pages that promise an email, on a site that sends none and while the mail server is away."""

import pytest
from allauth.account.models import EmailAddress

from tests.ports import free_port

from .conftest import confirm

pytestmark = pytest.mark.django_db
CONSOLE = "django.core.mail.backends.console.EmailBackend"
NOT_SET_UP = "does not send email yet"
AWAY = "Email cannot be sent at the moment"


@pytest.fixture
def not_set_up(settings):
    settings.EMAIL_BACKEND, settings.DEBUG = CONSOLE, False


@pytest.fixture
def mail_server_away(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def test_a_site_that_sends_no_mail_offers_no_reset(client, not_set_up):
    page = client.get("/accounts/password/reset/").content.decode()
    assert NOT_SET_UP in page
    assert "Send link" not in page


@pytest.mark.parametrize("address", ["alice@example.org", "nobody@example.org"])
def test_a_site_that_sends_no_mail_refuses_a_reset(client, not_set_up, alice, address):
    page = client.post("/accounts/password/reset/", {"email": address})
    assert page.status_code == 200
    assert NOT_SET_UP in page.content.decode()


@pytest.mark.parametrize("address", ["alice@example.org", "nobody@example.org"])
def test_a_mail_server_that_is_away_is_reported(client, mail_server_away, alice, address):
    page = client.post("/accounts/password/reset/", {"email": address})
    assert page.status_code == 200
    assert AWAY in page.content.decode()
    assert address in page.content.decode()


@pytest.mark.parametrize(
    ("fixture", "text"), [("not_set_up", NOT_SET_UP), ("mail_server_away", AWAY)]
)
def test_an_address_is_saved_without_promising_a_mail(client, alice, request, fixture, text):
    request.getfixturevalue(fixture)
    client.force_login(alice)
    confirm(client)
    form = {"email": "new@example.org", "action_add": ""}
    page = client.post("/accounts/email/", form, follow=True).content.decode()
    assert text in page
    assert "sent a link" not in page
    assert EmailAddress.objects.filter(user=alice, email="new@example.org").exists()


@pytest.mark.parametrize("fixture", ["not_set_up", "mail_server_away"])
def test_signing_up_succeeds_without_mail(client, request, fixture):
    request.getfixturevalue(fixture)
    form = {"username": "dora", "email": "dora@example.org", "password1": "a-long-password"}
    page = client.post("/accounts/signup/", form, follow=True)
    assert page.status_code == 200
    assert page.context["user"].username == "dora"
    assert "sent a link" not in page.content.decode()


def test_in_development_mail_is_in_the_terminal(client, settings):
    settings.EMAIL_BACKEND, settings.DEBUG = CONSOLE, True
    page = client.get("/accounts/password/reset/").content.decode()
    assert "Send link" in page
    assert "in the terminal" in page


def test_a_site_that_sends_mail_shows_no_notice(client, alice):
    page = client.post("/accounts/password/reset/", {"email": alice.email}, follow=True)
    assert "sent a link" in page.content.decode()
    assert NOT_SET_UP not in page.content.decode()
    assert "terminal" not in page.content.decode()
