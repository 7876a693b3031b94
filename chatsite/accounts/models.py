import hashlib
import secrets
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.names.field import NameField, cleaned
from chat.names.keys import NameKey
from chatsite.accounts import raw_sql, validators

NAME_MAX_CHARACTERS = 60
NAME_TAKEN = _(
    "Somebody has this name already, or one that looks like it. Add a last name or an initial."
)
TOKEN_START = "chat_"  # noqa: S105 -- so that scanners of leaked secrets know ours
TOKEN_PREFIX_CHARACTERS = 11
USER_SQL = "SELECT {person} FROM accounts_user AS person WHERE person.id = %s"
TOKEN_SQL = """SELECT {token}, {person} FROM accounts_token AS token
JOIN accounts_user AS person ON person.id = token.user_id
LEFT JOIN accounts_user AS owner ON owner.id = person.owner_id
WHERE token.digest = %s AND owner.is_active IS NOT FALSE"""  # noqa: S105
LAST_USE_WRITTEN_EVERY = timedelta(minutes=1)
NOBODY = 0  # the id of a user who does not exist


def normalized_login(login: str) -> str:
    return unicodedata.normalize("NFKC", login).strip().lower()


class AccountManager(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)

    def by_login(self, login: str) -> "User | None":
        """Returns the user with that username or confirmed address, or None."""
        login = normalized_login(login)
        if "@" not in login:
            return self.filter(username__iexact=login).first()
        return self.filter(emailaddress__email=login, emailaddress__verified=True).first()

    def by_id(self, id: int) -> "User | None":
        found = raw_sql.fetch_one(USER_SQL, [id], person=User)
        return found[0] if found else None


class User(AbstractUser):
    """A person or a bot. Others see `name`, and type `username` after an @."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    username = models.CharField(
        _("username"),
        max_length=validators.USERNAME_MAX_CHARACTERS,
        unique=True,
        validators=validators.username_validators,
        error_messages={"unique": _("That username is taken. Choose another one.")},
    )
    name = NameField(_("display name"), max_length=NAME_MAX_CHARACTERS, blank=True)

    appears_offline = models.BooleanField(
        _("appears offline"),
        default=False,
        help_text=_("Nobody sees when you are online or typing."),
    )

    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("Others see your local time on your profile."),
    )

    language = models.CharField(
        _("language"),
        max_length=16,
        blank=True,
        help_text=_("Of the pages. Messages stay as they were written."),
    )

    is_bot = models.BooleanField(
        _("bot"),
        default=False,
        help_text=_("A program. It has no password, and signs in with a token only."),
    )

    owner = models.ForeignKey(
        "self",
        models.CASCADE,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        editable=False,
        related_name="bots",
    )  # only of bots that people create for their rooms

    is_demo = models.BooleanField(default=False, editable=False)  # the password is public

    void_sessions = models.JSONField(
        default=list, blank=True, editable=False
    )  # keys: session_auth.py

    _password: str | None  # Django's: a new password in plain text until it is saved
    # For signals.py:
    access_before: dict | None = None
    has_new_password = False
    keeps_tokens = False  # when the password changes

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="username_in_any_case",
                violation_error_message=_("That username is taken. Choose another one."),
            ),
        ]

    @property
    def can_sign_in(self) -> bool:
        """Returns whether the user can sign in at all. Demo accounts are for development only."""
        return self.is_active and (settings.DEBUG or not self.is_demo)

    def save(self, *args, **kwargs):
        """Saves the user. Raises ValidationError if somebody else has this name, or one that looks
        like it."""
        self.name = cleaned(self.name) or self.username
        if self.is_bot and self.has_usable_password():
            self.set_unusable_password()
        if self._password is not None and not settings.DEBUG:
            self.is_demo = False  # the operator keeps the account, with a new password
        with transaction.atomic():
            has_new_name = self._has_new_name(kwargs.get("update_fields"))
            super().save(*args, **kwargs)
            if has_new_name:
                PersonNameKey.claim(self, [self.username, self.name], ValidationError(NAME_TAKEN))

    def _has_new_name(self, fields: Collection[str] | None) -> bool:
        if fields is not None and not {"username", "name"} & set(fields):
            return False
        same = User.objects.filter(pk=self.pk, username=self.username, name=self.name)
        return not same.exists()

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        super().validate_constraints(exclude)
        for field in {"username", "name"} - set(exclude or ()):
            name = getattr(self, field)
            if name and self._has_new_name(None) and PersonNameKey.is_taken(self, name):
                raise ValidationError({field: NAME_TAKEN})

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class PersonNameKey(NameKey):
    """A key that looks the same for similar names. Usernames and display names share it, so nobody
    can take a name that looks like somebody else's."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="name_keys")


class TokenManager(models.Manager["Token"]):
    def issue(self, user, name: str, scope: str, expires_at=None) -> tuple["Token", str]:
        """Returns the token and its secret, which is never shown again."""
        token = self.model(user=user, name=name, scope=scope, expires_at=expires_at)
        secret = token.make_secret()
        token.save()
        return token, secret

    def get_by_secret(self, secret: str, now: datetime | None = None) -> "Token":
        """Returns the token. Raises Token.DoesNotExist if it is unknown or expired, or its user
        cannot sign in."""
        found = raw_sql.fetch_one(TOKEN_SQL, [digest(secret)], token=Token, person=User)
        if found is None:
            raise Token.DoesNotExist
        token, token.user = found
        if token.has_expired(now) or not token.user.can_sign_in:
            raise Token.DoesNotExist
        return token

    def valid_ids(self, ids: list[int], now: datetime | None = None) -> Iterable[int]:
        found = self.filter(unexpired(now), pk__in=ids).exclude(user__owner__is_active=False)
        return found.values_list("pk", flat=True)


def unexpired(now: datetime | None = None) -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=now or timezone.now())


class Token(models.Model):
    """Signs a program in. Only the hash of its secret is stored. Deleting the token revokes it."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="tokens"
    )
    name = NameField(_("name"), max_length=60, help_text=_("The program that uses the token."))
    scope = models.CharField(_("scope"), max_length=5, choices=Scope, default=Scope.READ)
    # A secret of 256 random bits does not need a slow hash.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=TOKEN_PREFIX_CHARACTERS, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    objects = TokenManager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset({self.Scope.READ.value, self.scope})

    def has_expired(self, now: datetime | None = None) -> bool:
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())

    def make_secret(self) -> str:
        """Returns a new secret, which is valid once the token is saved."""
        secret = TOKEN_START + secrets.token_urlsafe(32)
        self.digest, self.prefix = digest(secret), secret[:TOKEN_PREFIX_CHARACTERS]
        return secret

    def mark_used(self, now: datetime | None = None) -> None:
        now = now or timezone.now()
        if self.last_used_at is None or now - self.last_used_at >= LAST_USE_WRITTEN_EVERY:
            Token.objects.filter(pk=self.pk).update(last_used_at=now)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
