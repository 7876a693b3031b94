from base64 import b64encode
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import caches
from django.core.mail import EmailMessage
from django.utils.translation.trans_real import translation

from chat.services import rooms
from chatsite.accounts import devices, failed_sign_ins, header_auth, mailer
from chatsite.accounts.models import Token, User

PASSWORD = "correct horse 9"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Clears the counted failures and the cached passwords and devices of earlier tests."""
    for cache in (*caches.all(), header_auth.password_cache, devices.recent_use_cache):
        cache.clear()
    failed_sign_ins.failures.clear()
    yield
    sent()


def sent() -> list[EmailMessage]:
    """Returns the mails of this test after the thread has sent them."""
    mailer.pool.submit(int).result()
    return mail.outbox


@pytest.fixture
def alice(db):
    """Alice has a confirmed address."""
    alice = User.objects.create_user("alice", "alice@example.org", PASSWORD, name="Alice")
    confirmed = {"verified": True, "primary": True}
    EmailAddress.objects.create(user=alice, email="alice@example.org", **confirmed)
    return alice


@pytest.fixture
def general(alice):
    return rooms.create(alice, "General")


@pytest.fixture
def token(alice):
    """Returns the secret of Alice's token to read and write."""
    return Token.objects.issue(alice, "laptop", Token.Scope.WRITE)[1]


def confirm(client) -> None:
    """Confirms the password."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


@pytest.fixture
def translate(monkeypatch):
    """Returns translate(text), which adds a Chinese translation and returns it."""
    texts = translation("zh-hans")._catalog._catalogs[0]

    def add(text: str) -> str:
        monkeypatch.setitem(texts, text, f"中文 {len(text)}")
        return texts[text]

    return add
