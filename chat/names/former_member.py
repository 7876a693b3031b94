"""Stands for the author of a message whose account was deleted: the message stays, nameless."""

NAME = "Former member"


class FormerMember:
    pk = None
    is_bot = False

    def get_username(self) -> str:
        return ""

    def get_full_name(self) -> str:
        return NAME


FORMER_MEMBER = FormerMember()
