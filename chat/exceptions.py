from typing import Any


class ChatError(Exception):
    """An error that is reported to the client. `code` is an error code of protocol.md, `detail` a
    sentence for the user."""

    code = "bad_frame"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def frame(self) -> dict[str, Any]:
        """Returns the `error` frame of protocol.md."""
        return {"type": "error", "code": self.code, "detail": self.detail}


class Invalid(ChatError):
    """The data is invalid."""


class TooLong(ChatError):
    code = "too_long"


class Forbidden(ChatError):
    """The user has no access to it, or it does not exist. The error does not reveal which."""

    code = "forbidden"

    def __init__(self, detail: str = "It does not exist, or you do not have access to it.") -> None:
        super().__init__(detail)


class Archived(Forbidden):
    def __init__(self) -> None:
        super().__init__("This room is archived. Its owner can restore it.")


class RateLimited(ChatError):
    code = "rate_limited"

    def __init__(self, detail: str, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        super().__init__(detail)
        self.retry_after = retry_after

    def frame(self) -> dict[str, Any]:
        return {**super().frame(), "retry_after": self.retry_after}


class Unavailable(ChatError):
    """Nothing was written. The client may send the same again."""

    code = "unavailable"

    def __init__(self, detail: str = "The message could not be saved. Try again.") -> None:
        super().__init__(detail)


class HubStopped(Exception):
    """The hub of this process was stopped. Clients reconnect to another process."""
