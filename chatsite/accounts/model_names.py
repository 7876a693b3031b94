"""Names for models and fields of allauth that have none.

They are not part of allauth's migrations, which do not change.
"""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext_lazy as _

NAMES = {  # singular, plural
    Authenticator: (_("two-factor method"), _("two-factor methods")),
    UserSession: (_("device"), _("devices")),
}
FIELD_NAMES = {
    "user": _("user"),
    "type": _("type"),
    "created_at": _("created at"),
    "last_used_at": _("last used at"),
    "last_seen_at": _("last seen"),
    "ip": _("IP address"),
    "user_agent": _("browser"),
}


def set_names() -> None:
    for model, names in NAMES.items():
        model._meta.verbose_name, model._meta.verbose_name_plural = names
        for field in model._meta.fields:
            field.verbose_name = FIELD_NAMES.get(field.name, field.verbose_name)
