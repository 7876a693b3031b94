from django.conf import settings
from django.http import HttpRequest

from chatsite.accounts import mailer
from chatsite.community import identity


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "community": identity.current(),
        "DEMO": settings.DEBUG,
        "MAIL_IS_SENT": mailer.is_configured(),
        "MAIL_IN_TERMINAL": mailer.prints_to_terminal(),
    }
