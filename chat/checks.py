"""System checks that report what chat needs of the project, and how to mend it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning
from django.core.files.storage import FileSystemStorage
from django.db import router
from django.utils.module_loading import import_string

from chat import conf, database
from chat.rate_limits.table import LIMITS
from chat.storage import private_storage
from presence import primary_key

APPS = ("presence", "channels", "django_htmx", "django.contrib.auth", "django.contrib.sessions")
IN_MEMORY_LAYER = "channels.layers.InMemoryChannelLayer"
SWITCHES, NUMBERS = {"RATE_LIMITS"}, {"SOCKETS_PER_PERSON", *LIMITS}
KEY_CHARACTERS_MAX = 150  # a conversation of twelve has all ids in one indexed text
SQLITE_HINT = """Set these OPTIONS of the database:
    "timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"."""


def check(**options: Any) -> list[CheckMessage]:
    if not isinstance(getattr(settings, "CHAT", {}), dict):
        return [
            Error(
                f"CHAT is a {type(settings.CHAT).__name__}.",
                hint='Set it to a dictionary, like {"SITE_NAME": "Our chat"}.',
                id="chat.E002",
            )
        ]
    return [*unknown(), *values(), *needed_apps(), *layer(), *user_model(), *files(), *sqlite()]


def check_database(databases: Sequence[str] | None, **options: Any) -> list[CheckMessage]:
    alias = database.alias()
    returns = database.connection().features.can_return_columns_from_insert
    if not databases or alias not in databases or returns:
        return []
    return [
        Error(
            "The database does not support INSERT … RETURNING.",
            hint="Use SQLite 3.35 or newer, or PostgreSQL.",
            id="chat.E001",
        )
    ]


def unknown() -> Iterator[CheckMessage]:
    known = {*conf.DEFAULTS, *LIMITS}
    for name in sorted(set(conf.configured()) - known, key=str):
        yield Warning(
            f'CHAT has "{name}", which nothing reads.',
            hint=f"Known settings: {', '.join(sorted(known))}.",
            id="chat.W003",
        )


def values() -> Iterator[CheckMessage]:
    for name, value in conf.configured().items():
        if name in SWITCHES and not isinstance(value, bool):
            yield invalid(name, value, "True or False")
        elif name in NUMBERS and not is_number(value):
            yield invalid(name, value, "a number, 0 or more; 0 is no limit")
        elif name == "SITE_NAME" and not (isinstance(value, str) and value.strip()):
            yield invalid(name, value, "a name")
        elif str(name).endswith("_URL") and not isinstance(value, str | None):
            yield invalid(name, value, "the name of a URL, an address, or None")
        elif str(name).endswith("_FUNCTION") and not is_function(value):
            yield invalid(name, value, "the path of a function, or None")


def invalid(name: str, value: Any, expected: str) -> Error:
    return Error(f'CHAT["{name}"] is {value!r}.', hint=f"Set it to {expected}.", id="chat.E004")


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < float("inf")


def is_function(path: Any) -> bool:
    try:
        return path is None or callable(import_string(path))
    except (ImportError, TypeError, AttributeError):
        return False


def needed_apps() -> Iterator[CheckMessage]:
    for name in APPS:
        if not apps.is_installed(name):
            yield Error(
                f"Chat needs the app {name}.",
                hint=f'Add "{name}" to INSTALLED_APPS.',
                id="chat.E005",
            )
    if not any(app.name.rpartition(".")[2] == "tasks" for app in apps.get_app_configs()):
        yield Error(
            "Chat needs the app tasks.", hint='Add "tasks" to INSTALLED_APPS.', id="chat.E005"
        )


def layer() -> Iterator[CheckMessage]:
    backend = getattr(settings, "CHANNEL_LAYERS", {}).get("default", {}).get("BACKEND")
    if backend is None:
        yield Error(
            'CHANNEL_LAYERS has no "default", so no message would reach a page.',
            hint='Set its BACKEND to "channels_redis.pubsub.RedisPubSubChannelLayer".',
            id="chat.E006",
        )
    elif backend == IN_MEMORY_LAYER:
        yield Warning(
            "The channel layer is in memory, so messages reach only the pages of one process.",
            hint='Set its BACKEND to "channels_redis.pubsub.RedisPubSubChannelLayer".',
            id="chat.W007",
        )


def user_model() -> Iterator[CheckMessage]:
    model, key = get_user_model(), primary_key.field()
    if router.db_for_write(model) != database.alias():
        yield Error(
            f"{model._meta.label} and chat are in different databases.",
            hint="Let your router choose the same database for both: messages refer to users.",
            id="chat.E008",
        )
    if (key.max_length or 0) > KEY_CHARACTERS_MAX and key.get_internal_type() != "UUIDField":
        yield Warning(
            f"The primary key of {model._meta.label} may have {key.max_length} characters.",
            hint=f"Above {KEY_CHARACTERS_MAX}, a direct conversation of many people is refused.",
            id="chat.W009",
        )


def files() -> Iterator[CheckMessage]:
    storage = private_storage()
    if not isinstance(storage, FileSystemStorage):
        return
    folder = Path(storage.location).resolve()
    for setting in ("MEDIA_ROOT", "STATIC_ROOT"):
        public = getattr(settings, setting, None)
        if public and folder.is_relative_to(Path(public).resolve()):
            yield Error(
                f"The private files of chat are in {setting}, where the web server shows them.",
                hint='Set the location of STORAGES["chat"] to a folder outside it.',
                id="chat.E010",
            )


def sqlite() -> Iterator[CheckMessage]:
    """Reports SQLite's own options: with them, several writers at a time fail."""
    config = database.connection().settings_dict
    if not config["ENGINE"].endswith("sqlite3") or ":memory:" in str(config["NAME"]):
        return
    options = config.get("OPTIONS", {})
    waits = options.get("timeout", 5) >= 10
    is_immediate = str(options.get("transaction_mode", "")).upper() in ("IMMEDIATE", "EXCLUSIVE")
    is_wal = "journal_mode=wal" in str(options.get("init_command", "")).lower().replace(" ", "")
    if not (waits and is_immediate and is_wal):
        yield Warning(
            "SQLite refuses writes that happen at the same time: database is locked.",
            hint=SQLITE_HINT,
            id="chat.W011",
        )
