BEARER = 'Bearer realm="chatsite"'
BASIC = 'Basic realm="chatsite", charset="UTF-8"'


class NameTaken(Exception):
    """Somebody had the username first."""


class LastSuperuser(Exception):
    """Without this account nobody could manage the site."""


class TooManyFailures(Exception):
    """Too many failed attempts to sign in."""


class Refused(Exception):
    """Credentials that do not let a request in. `detail` is a sentence for a person.

    Basic is offered to those alone who came with it: a browser would answer the offer with a
    window asking for a password.
    """

    def __init__(
        self,
        detail: str,
        status: int = 401,
        challenge: str = BEARER,
        retry_after: int | None = None,
    ) -> None:
        """`retry_after` is in seconds."""
        super().__init__(detail)
        self.detail, self.status, self.challenge = detail, status, challenge
        self.retry_after = retry_after
