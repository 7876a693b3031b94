"""System checks report an invalid setting and how to fix it."""

import pytest

from chatsite.checks import check_settings


def ids() -> list[str]:
    errors = check_settings()
    assert all(error.hint for error in errors)
    return [error.id for error in errors]


@pytest.fixture(autouse=True)
def production(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["chat.example.org"]
    settings.SECRET_KEY = "x" * 50


def test_good_settings_have_no_errors():
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("SECRET_KEY", "", "chatsite.E001"),
        ("ALLOWED_HOSTS", [], "chatsite.E002"),
        ("REDIS_URL", "http://127.0.0.1:6379", "chatsite.E005"),
        ("REDIS_URL", "redis://127.0.0.1:port", "chatsite.E005"),
        ("REDIS_URL", "http+cluster://127.0.0.1:6379", "chatsite.E005"),
        ("REDIS_URL", "redis+cluster://127.0.0.1:6379/1", "chatsite.E005"),
        ("REDIS_URL", "unix+cluster:///redis.sock", "chatsite.E005"),
        ("METRICS_ALLOWED_IPS", ["127.0.0"], "chatsite.E006"),
        ("EMBEDDED_VALKEY", True, "chatsite.E007"),
    ],
)
def test_each_invalid_setting_is_reported(settings, name, value, id):
    setattr(settings, name, value)
    assert ids() == [id]


def test_development_needs_neither_key_nor_hosts_nor_redis(settings):
    settings.DEBUG, settings.SECRET_KEY, settings.ALLOWED_HOSTS = True, "", []
    settings.EMBEDDED_VALKEY = True
    assert ids() == []


DJANGO_REDIS = "django_redis.cache.RedisCache"
JSON = "django_redis.serializers.json.JSONSerializer"
PICKLE = "django_redis.serializers.pickle.PickleSerializer"
DJANGO = "django.core.cache.backends.redis.RedisCache"


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        (DJANGO_REDIS, {}),
        (DJANGO_REDIS, {"SERIALIZER": PICKLE}),
        ("chatsite.ops.cache.OutageCache", {"CLIENT_CLASS": "chatsite.ops.cache.EncryptedClient"}),
        (DJANGO, {}),
    ],
)
def test_a_cache_that_unpickles_is_refused(settings, backend, options):
    cache = {"BACKEND": backend, "LOCATION": "redis://127.0.0.1", "OPTIONS": options}
    settings.CACHES = {**settings.CACHES, "third": cache}
    assert ids() == ["chatsite.E008"]


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        (DJANGO_REDIS, {"SERIALIZER": JSON}),
        (DJANGO, {"serializer": JSON}),
        ("django.core.cache.backends.locmem.LocMemCache", {}),
    ],
)
def test_other_caches_are_accepted(settings, backend, options):
    cache = {"BACKEND": backend, "LOCATION": "redis://127.0.0.1", "OPTIONS": options}
    settings.CACHES = {**settings.CACHES, "third": cache}
    assert ids() == []
