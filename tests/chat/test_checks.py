"""The system checks report what chat needs of the project."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections

from chat.checks import check
from chat.storage import private_storage

pytestmark = pytest.mark.django_db
LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode = WAL; PRAGMA cache_size=-20000;",
}


def ids() -> list[str]:
    return [message.id for message in check()]


def test_the_supported_databases_pass():
    call_command("check", databases=["default"])


def test_a_database_without_returning_is_refused(monkeypatch):
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    with pytest.raises(SystemCheckError, match=r"chat\.E001"):
        call_command("check", databases=["default"])


@pytest.mark.parametrize("value", [None, [], "Our chat"])
def test_chat_must_be_a_dictionary(settings, value):
    settings.CHAT = value
    assert ids() == ["chat.E002"]


@pytest.mark.parametrize("name", ["SITE_NAMES", "site_name", 7])
def test_an_unknown_setting_is_reported(chat_settings, name):
    chat_settings[name] = True
    assert ids() == ["chat.W003"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMITS", "no"),
        ("RATE_LIMITS", 0),
        ("SITE_NAME", ""),
        ("SITE_NAME", None),
        ("SOCKETS_PER_PERSON", -1),
        ("SOCKETS_PER_PERSON", True),
        ("CHANGES_PER_MINUTE", "60"),
        ("CHANGES_PER_MINUTE", float("inf")),
        ("ACCOUNT_URL", 7),
        ("SIGN_OUT_URL", ["logout"]),
        ("CLIENT_ADDRESS_FUNCTION", "nowhere.address"),
        ("CLIENT_ADDRESS_FUNCTION", "chat.models.NAME_TAKEN"),
        ("CLIENT_ADDRESS_FUNCTION", 7),
    ],
)
def test_a_wrong_value_is_refused(chat_settings, name, value):
    chat_settings[name] = value
    (message,) = check()
    assert message.id == "chat.E004"
    assert name in message.msg


@pytest.mark.parametrize("app", ["presence", "tasks", "channels", "django_htmx"])
def test_a_missing_app_is_named(settings, app):
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != app]
    assert [(m.id, app in m.msg) for m in check()] == [("chat.E005", True)]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [({}, ["chat.E006"]), ({"other": {}}, ["chat.E006"]), (LAYERS, ["chat.W007"])],
)
def test_the_channel_layer_is_checked(settings, layers, expected):
    settings.CHANNEL_LAYERS = layers
    assert ids() == expected


class UsersElsewhere:
    def db_for_write(self, model, **hints):
        return "default" if model._meta.app_label == "chat" else "users"


def test_users_in_another_database_are_refused(settings):
    settings.DATABASE_ROUTERS = [UsersElsewhere()]
    assert ids() == ["chat.E008"]


@pytest.mark.parametrize("setting", ["MEDIA_ROOT", "STATIC_ROOT"])
@pytest.mark.parametrize("inside", ["", "private/chat"])
def test_private_files_must_not_be_public(settings, setting, inside):
    folder = private_storage().location
    setattr(settings, setting, folder if not inside else f"{folder}/..")
    assert ids() == ["chat.E010"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"timeout": 5},
        {**SQLITE, "timeout": 1},
        {**SQLITE, "transaction_mode": "DEFERRED"},
        {**SQLITE, "init_command": ""},
    ],
)
def test_options_that_lose_writes_are_reported(monkeypatch, options):
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}
    monkeypatch.setattr(connections["default"], "settings_dict", {**file, "OPTIONS": options})
    assert ids() == ["chat.W011"]
    monkeypatch.setattr(connections["default"], "settings_dict", {**file, "OPTIONS": SQLITE})
    assert ids() == []
