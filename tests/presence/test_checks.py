"""Each invalid setting of presence is reported, with what to do."""

import pytest

from presence.checks import check
from tests.redis_settings import configure

CLIENT = "presence.connection.client"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
OF_THE_SITE = "chatsite.accounts.session_auth.SessionAuthenticationMiddleware"
PRESENCE = "presence.middleware.PresenceMiddleware"


def ids():
    return [message.id for message in check()]


def test_the_settings_of_the_site_are_valid():
    assert ids() == []


def test_no_settings_are_valid(settings):
    del settings.PRESENCE
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("BACKEND", "presence.backends.redis.Nothing", "presence.E003"),
        ("BACKEND", "nowhere.Presence", "presence.E003"),
        ("BACKEND", "pathlib.Path", "presence.E003"),
        ("BACKEND", "presence.checks.check", "presence.E003"),
        ("BACKEND", "", "presence.E003"),
        ("BACKEND", None, "presence.E003"),
        ("ONLINE_LAST_MINUTES", 0, "presence.E004"),
        ("ONLINE_LAST_MINUTES", "5", "presence.E004"),
        ("ONLINE_LAST_MINUTES", 2.5, "presence.E004"),
        ("ONLINE_LAST_MINUTES", True, "presence.E004"),
        ("SHARDS", 0, "presence.E004"),
        ("SHARDS", None, "presence.E004"),
        ("REDIS_URL", "http://127.0.0.1:6379", "presence.E005"),
        ("REDIS_URL", "redis://127.0.0.1:port", "presence.E005"),
        ("REDIS_URL", "redis+cluster://127.0.0.1:6379/1", "presence.E005"),
        ("REDIS_URL", "unix+cluster:///redis.sock", "presence.E005"),
        ("REDIS_URL", None, "presence.E005"),
        ("REDIS_URL", b"redis://127.0.0.1", "presence.E005"),
        ("ONLINE_MINUTES", 5, "presence.W002"),
        ("CLIENT", CLIENT, "presence.E008"),
        ("ACLIENT", CLIENT, "presence.E008"),
        (7, 5, "presence.W002"),
    ],
)
def test_each_invalid_setting_is_reported(settings, name, value, id):
    settings.PRESENCE = {**settings.PRESENCE, name: value}
    assert ids() == [id]


@pytest.mark.parametrize("client", ["nowhere.client", "presence.nothing", 7, "redis", ""])
def test_a_client_that_is_not_a_function_is_reported(settings, client):
    configure(settings, CLIENT=client, ACLIENT=client)
    assert ids() == ["presence.E007", "presence.E007"]


@pytest.mark.parametrize("client", [CLIENT, lambda: None])
def test_both_clients_are_valid(settings, client):
    configure(settings, CLIENT=client, ACLIENT=client)
    assert ids() == []


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ([SESSION, AUTHENTICATION, PRESENCE], []),
        ([SESSION, OF_THE_SITE, PRESENCE], []),
        ([SESSION, AUTHENTICATION], []),
        ([], []),
        ([SESSION, PRESENCE, AUTHENTICATION], ["presence.E010"]),
        ([PRESENCE, SESSION, OF_THE_SITE], ["presence.E010"]),
        ([AUTHENTICATION, PRESENCE, OF_THE_SITE], []),
        ([SESSION, PRESENCE], ["presence.W009"]),
        (["chatsite.ops.health.middleware", "nowhere.Middleware", PRESENCE], ["presence.W009"]),
    ],
)
def test_the_middleware_comes_after_that_of_authentication(settings, middleware, expected):
    settings.MIDDLEWARE = middleware
    assert ids() == expected


def test_times_need_time_zones(settings):
    settings.USE_TZ = False
    assert ids() == ["presence.E011"]


@pytest.mark.parametrize("value", [None, [], "redis://localhost", ("REDIS_URL",)])
def test_the_settings_are_a_dictionary(settings, value):
    settings.PRESENCE = value
    assert ids() == ["presence.E001"]


def test_several_invalid_settings_are_reported_together(settings):
    configure(settings, ONLINE_LAST_MINUTES=-1, SHARDS=-1, BACKEND="nowhere")
    assert ids() == ["presence.E003", "presence.E004", "presence.E004"]


def test_every_message_has_a_hint(settings):
    configure(settings, ONLINE_LAST_MINUTES=-1, REDIS_URL="x", BACKEND="nowhere", BACKENDS=[])
    messages = check()
    assert len(messages) == 4
    assert all(message.hint for message in messages)
