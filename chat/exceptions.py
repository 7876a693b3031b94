from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
NO_ACCESS = _("It does not exist, or you do not have access to it.")
NOT_SAVED = _("The message could not be saved. Try again.")


class ChatError(Exception):
    """An error that is reported to the client. `code` is an error code of protocol.md. `text` is a
    sentence for the user. It can be lazy, since the error may be created in a thread that does not
    know the user's language."""

    code = "bad_frame"

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text

    @property
    def detail(self) -> str:
        """Returns the sentence in the language that is active now."""
        return str(self.text)

    def frame(self) -> dict[str, Any]:
        """Returns the `error` frame of protocol.md."""
        return {"type": "error", "code": self.code, "detail": self.detail}


class Invalid(ChatError):
    """The data is invalid. `field` is the name of the field."""

    def __init__(self, text: Text, field: str = "name") -> None:
        super().__init__(text)
        self.field = field


class TooLong(ChatError):
    code = "too_long"


class Forbidden(ChatError):
    """The user has no access to it, or it does not exist. The error does not reveal which."""

    code = "forbidden"

    def __init__(self, text: Text = NO_ACCESS) -> None:
        super().__init__(text)


class Archived(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("This room is archived. Its owner can restore it."))


class RateLimited(ChatError):
    code = "rate_limited"

    def __init__(self, text: Text, retry_after: int) -> None:
        """`retry_after` is in seconds."""
        super().__init__(text)
        self.retry_after = retry_after

    def frame(self) -> dict[str, Any]:
        return {**super().frame(), "retry_after": self.retry_after}


class Unavailable(ChatError):
    """Nothing was written. The client may send the same again."""

    code = "unavailable"

    def __init__(self, text: Text = NOT_SAVED) -> None:
        super().__init__(text)


class HubStopped(Exception):
    """The hub of this process was stopped. Clients reconnect to another process."""
