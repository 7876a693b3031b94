"""Ending open sockets when a sign-in ends, in every process at once."""

from chat import events
from chat.sockets import SIGNED_OUT


def end_session(session_key: str) -> None:
    events.ended(("session", session_key), SIGNED_OUT)


def end_token(token_id: int) -> None:
    events.ended(("token", token_id), SIGNED_OUT)


def end_user(user_id: int, code: int = SIGNED_OUT) -> None:
    """`code`: SIGNED_OUT, or BANNED, after which a browser does not come back."""
    events.ended(("user", user_id), code)
