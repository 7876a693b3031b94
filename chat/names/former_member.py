"""The author that is shown for messages whose author's account was deleted."""

NAME = "Former member"


class FormerMember:
    pk = None
    is_bot = False

    def get_username(self) -> str:
        return ""

    def get_full_name(self) -> str:
        return NAME


FORMER_MEMBER = FormerMember()
