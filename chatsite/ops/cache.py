"""The caches in Redis, encrypted: nobody else can read or forge a value.

A value is JSON, encrypted with SECRET_KEY for its key. Other bytes (a pickle, another type, a value
copied from another key) do not decrypt and count as missing. The keys are hashed, because the key
of a session is a cookie that signs in.
"""

import contextlib
import functools
import hashlib
import hmac
import os
from collections.abc import Iterator
from typing import Any

import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache, omit_exception
from django_redis.client import DefaultClient
from django_redis.exceptions import ConnectionInterrupted
from django_redis.pool import ConnectionFactory
from redis import RedisError
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry

from presence.connection import is_cluster, node_url

NONCE_BYTES = 12
MISSING = object()
REPLACE_LUA = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""


class OutageCache(RedisCache):
    """django-redis, except that `add` succeeds while Redis is out of reach. Otherwise code that
    uses it as a lock (allauth's rate limits) would wait, then refuse every sign-in."""

    @omit_exception(return_value=True)
    def add(self, *args, **kwargs):
        return self.client.add(*args, **kwargs)


class CacheCluster(redis.RedisCluster):
    def execute_command(self, *args, **kwargs):
        with cluster_errors_as_connection_errors():
            return super().execute_command(*args, **kwargs)


class CacheConnectionFactory(ConnectionFactory):
    """Creates the connections of django-redis, and connections to a cluster."""

    clusters: dict[str, CacheCluster] = {}

    def connect(self, url):
        if not is_cluster(url):
            return super().connect(url)
        if url not in self.clusters:
            options = self.make_connection_params(node_url(url))
            with cluster_errors_as_connection_errors():
                self.clusters[url] = CacheCluster(**options, retry=Retry(NoBackoff(), 1))
        return self.clusters[url]


@contextlib.contextmanager
def cluster_errors_as_connection_errors() -> Iterator[None]:
    """Turns the error that no node of a cluster responds into that of a single server."""
    try:
        yield
    except RedisClusterException as error:
        raise redis.ConnectionError(str(error)) from error


class EncryptedClient(DefaultClient):
    """Encrypts the values of django-redis, but not its sets and hashes."""

    def connect(self, index=0):
        with errors_as_interrupted(None):
            return super().connect(index)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None, client=None, **options):
        key = self.make_key(key, version=version)
        return super().set(key, self.encrypt_value(key, value), timeout, client=client, **options)

    def get(self, key, default=None, version=None, client=None):
        key = self.make_key(key, version=version)
        return self.decrypt_value(key, self.get_encrypted(key, client), default)

    def get_many(self, keys, version=None, client=None):
        """Reads the keys one by one, because they may be on several nodes of a cluster."""
        values = {key: self.get(key, MISSING, version=version, client=client) for key in keys}
        return {key: value for key, value in values.items() if value is not MISSING}

    def add(self, key, *args, version=None, client=None, **kwargs):
        """Also replaces a value that cannot be read: nobody else would remove it."""
        key = self.make_key(key, version=version)
        client = client or self.get_client(write=True)
        if super().add(key, *args, client=client, **kwargs):
            return True
        if self.get(key, MISSING, client=client) is MISSING and self.has_key(key, client=client):
            self.delete(key, client=client)
        return super().add(key, *args, client=client, **kwargs)

    def ttl(self, key, version=None, client=None):
        with errors_as_interrupted(client):
            return super().ttl(key, version=version, client=client)

    def _incr(self, key, delta=1, version=None, client=None, ignore_key_check=False):
        """Increments the value, again if others changed it meanwhile: Redis cannot add to an
        encrypted value."""
        key = self.make_key(key, version=version)
        client = client or self.get_client(write=True)
        counted = False
        while not counted:
            encrypted = self.get_encrypted(key, client)
            value = self.decrypt_value(key, encrypted, None)
            if value is None:
                raise ValueError(f"Key {key!r} not found")
            value += delta
            with errors_as_interrupted(client):
                counted = client.eval(
                    REPLACE_LUA, 1, key, encrypted, self.encrypt_value(key, value)
                )
        return value

    def get_encrypted(self, key, client) -> bytes | None:
        try:
            return super().get(key, client=client)
        except ConnectionInterrupted as error:
            if str(error.__cause__).startswith("WRONGTYPE"):
                return None
            raise

    def encrypt_value(self, key: str, value: Any) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        text = self._serializer.dumps(value)
        return nonce + cipher(settings.SECRET_KEY).encrypt(nonce, text, key.encode())

    def decrypt_value(self, key: str, encrypted: bytes | None, default: Any) -> Any:
        if encrypted is None:
            return default
        nonce, text = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        try:
            decrypted = cipher(settings.SECRET_KEY).decrypt(nonce, text, key.encode())
        except (InvalidTag, ValueError):  # ValueError: too short
            return default
        return self._serializer.loads(decrypted)

    def encode(self, value, **options):
        return value

    def decode(self, value):
        return value


@functools.lru_cache(maxsize=2)
def cipher(secret_key: str) -> AESGCM:
    return AESGCM(hmac.digest(secret_key.encode(), b"chatsite.cache", "sha256"))


def hashed_key(key: str, prefix: str, version: int) -> str:
    digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
    return f"{prefix}:{version}:{digest}"


@contextlib.contextmanager
def errors_as_interrupted(client: Any) -> Iterator[None]:
    """Raises every error as the one that the caches of django-redis ignore."""
    try:
        yield
    except RedisError as error:
        raise ConnectionInterrupted(connection=client) from error
