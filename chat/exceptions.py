from typing import Any


class ChatError(Exception):
    """A refusal that a client is told of. `code` is one of protocol.md's, `detail` a sentence for a
    person."""

    code = "bad_frame"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def frame(self) -> dict[str, Any]:
        """The `error` frame of protocol.md."""
        return {"type": "error", "code": self.code, "detail": self.detail}


class Invalid(ChatError):
    """What was sent cannot be used as it is."""


class TooLong(ChatError):
    code = "too_long"


class Forbidden(ChatError):
    """Not yours, or not there: nobody learns which."""

    code = "forbidden"

    def __init__(self, detail: str = "That does not exist, or is not yours.") -> None:
        super().__init__(detail)


class Archived(Forbidden):
    def __init__(self) -> None:
        super().__init__("This room is archived. Nobody can write in it.")


class RateLimited(ChatError):
    code = "rate_limited"

    def __init__(self, detail: str, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        super().__init__(detail)
        self.retry_after = retry_after

    def frame(self) -> dict[str, Any]:
        return {**super().frame(), "retry_after": self.retry_after}


class Unavailable(ChatError):
    """Nothing was written; the same may be sent again."""

    code = "unavailable"

    def __init__(self, detail: str = "The message could not be saved. Try again.") -> None:
        super().__init__(detail)


class Stopped(Exception):
    """This process ends: sockets go to another one, or come back."""
