"""Invalid or weak settings for a deployment, and the checks that report them."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

pytestmark = pytest.mark.django_db


def ids(deploy: bool = True) -> set[str]:
    found = run_checks(include_deployment_checks=deploy)
    return {message.id for message in found if message.id.startswith("chatsite.")}


@pytest.fixture(autouse=True)
def production(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["chat.example.org", ".example.com"]
    settings.SECRET_KEY = "x" * 50
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def test_good_settings_have_no_messages(settings):
    assert ids() == set()
    settings.HTTPS, settings.TRUSTED_PROXY_COUNT = True, 1
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("ALLOWED_HOSTS", ["*"], "chatsite.E024"),
        ("ALLOWED_HOSTS", ["chat.example.org", " * "], "chatsite.E024"),
        ("ALLOWED_HOSTS", ["*.example.org"], "chatsite.E025"),
        ("ALLOWED_HOSTS", ["https://chat.example.org"], "chatsite.E025"),
        ("HTTPS", True, "chatsite.W022"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "chatsite.W026"),
        ("TRUSTED_PROXY_COUNT", -1, "chatsite.E021"),
        ("MAX_CONNECTIONS", 0, "chatsite.E023"),
    ],
)
def test_each_bad_setting_is_reported(settings, name, value, id):
    setattr(settings, name, value)
    assert ids() == {id}


def test_any_host_fails_the_deployment_check_only(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert ids(deploy=False) == set()
    with pytest.raises(SystemCheckError, match=r"chatsite\.E024"):
        call_command("check", deploy=True)


def test_development_may_have_any_host(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["*"]
    assert ids() == set()
