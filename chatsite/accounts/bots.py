"""Bots that people create for their own rooms. A bot is deactivated with its owner."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from chat.exceptions import Forbidden
from chat.models import Room
from chat.services import memberships
from chatsite.accounts.exceptions import NameTaken
from chatsite.accounts.models import Token, User

BOTS_MAX = 10
TOKEN_NAME = "bot"  # noqa: S105


def rooms_owned_by(owner) -> QuerySet[Room]:
    """Returns the rooms that `owner` may add a bot to."""
    named = Room.objects.writable().exclude(kind=Room.Kind.DIRECT).order_by("name")
    return named.filter(memberships__user=owner, memberships__is_owner=True)


def owned_by(owner) -> QuerySet[User]:
    return User.objects.filter(owner=owner, is_active=True).order_by("username")


def create(owner, username: str, name: str, room: Room) -> tuple[User, str]:
    """Returns a new bot, a member of the room, and the secret of its token. Raises NameTaken, or
    Forbidden if the room was archived or deleted meanwhile; then no bot is created."""
    with transaction.atomic():
        bot = create_user(owner, username, name)
        try:
            memberships.invite(owner, room.pk, bot.username)
        except Room.DoesNotExist as error:
            raise Forbidden from error
        return bot, renew_token(bot)


def create_user(owner, username: str, name: str) -> User:
    """Creates the bot's user. Raises NameTaken."""
    try:
        with transaction.atomic():
            return User.objects.create_user(
                username, name=name, is_bot=True, owner=owner, is_demo=owner.is_demo
            )
    except (IntegrityError, ValidationError) as error:  # two requests at the same moment
        raise NameTaken from error


def renew_token(bot: User) -> str:
    """Replaces all tokens of the bot by a new one, and returns its secret."""
    for token in bot.tokens.all():
        token.delete()  # one by one, so that the signals close their sockets
    return Token.objects.issue(bot, TOKEN_NAME, Token.Scope.WRITE)[1]


def deactivate(bot: User) -> None:
    bot.is_active = False
    bot.save()
