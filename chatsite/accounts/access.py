"""Revokes the access of a user: sessions, tokens, passkeys and addresses."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q

from chat.protocol.close_codes import SIGNED_OUT
from chat.services import sign_outs
from chatsite.accounts import devices
from chatsite.accounts.models import Token, User


def end_sessions(user: User) -> None:
    devices.sign_out(UserSession.objects.filter(user=user))


def sign_out(user: User, code: int = SIGNED_OUT) -> None:
    """Ends all sessions and sockets of the user, sockets of tokens included. Tokens stay valid."""
    if code != SIGNED_OUT:  # the end of a session would send SIGNED_OUT first
        sign_outs.end_user(user.pk, code)
    end_sessions(user)
    if code == SIGNED_OUT:  # a client that reconnects immediately finds that its session has ended
        sign_outs.end_user(user.pk, code)


def revoke_tokens(user: User) -> None:
    """Revokes the user's tokens and those of the user's bots, because the owner has seen both."""
    Token.objects.filter(Q(user=user) | Q(user__owner=user)).delete()


def convert_demo_account(user: User) -> None:
    """Turns a demo account into a regular one that only the new password opens. Passkeys and
    addresses are removed, because anybody who tried the demo may have added them."""
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(email="")
    User.objects.filter(owner=user).update(is_demo=False)
    user.email = ""
