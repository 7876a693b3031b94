from django.conf import settings
from django.http import HttpRequest

from chatsite.accounts import mailer


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "SITE_NAME": settings.SITE_NAME,
        "DEMO": settings.DEBUG,
        "MAIL_IS_SENT": mailer.is_configured(),
        "MAIL_IN_TERMINAL": mailer.prints_to_terminal(),
    }
