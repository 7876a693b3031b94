from chat.exceptions import Text

BEARER = 'Bearer realm="chatsite"'
BASIC = 'Basic realm="chatsite", charset="UTF-8"'


class NameTaken(Exception):
    """Somebody else has this username or display name, or one that looks like it."""


class LastSuperuser(Exception):
    """The account is the only superuser: without it nobody could manage the site."""


class TooManyFailures(Exception):
    """Too many failed attempts to sign in."""


class Refused(Exception):
    """The request's credentials are refused. `text` is a sentence for a person. It can be lazy,
    since a socket is refused in another thread than it is identified in.

    Basic is offered only to clients that used it: a browser would respond to the offer with a
    window that asks for a password.
    """

    def __init__(
        self,
        text: Text,
        status: int = 401,
        challenge: str = BEARER,
        retry_after: int | None = None,
    ) -> None:
        """`retry_after` is in seconds."""
        super().__init__(text)
        self.text, self.status, self.challenge = text, status, challenge
        self.retry_after = retry_after

    @property
    def detail(self) -> str:
        """Returns the sentence in the language that is active now."""
        return str(self.text)
