"""The author that is shown for messages whose author's account was deleted."""

from django.utils.translation import gettext_noop

NAME = gettext_noop("Former member")


class FormerMember:
    pk = None
    is_bot = False

    def get_username(self) -> str:
        return ""

    def get_full_name(self) -> str:
        return NAME


FORMER_MEMBER = FormerMember()
