"""Sends mail in a thread: a page does not wait for the mail server, does not fail with it, and
takes the same time whether or not it sends a mail. Mails are not queued as tasks, because a reader
of Redis could use the links in them."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

QUEUED_MAX = 1000

pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
free_places = BoundedSemaphore(QUEUED_MAX)
logger = logging.getLogger(__name__)


CONSOLE_BACKEND = "django.core.mail.backends.console.EmailBackend"
NOT_SENDING = {CONSOLE_BACKEND, "django.core.mail.backends.dummy.EmailBackend"}


def unavailable_reason() -> str:
    """Returns why mail cannot be sent now, or an empty string. Connects to the mail server."""
    if not is_configured():
        return _("This site does not send email yet. Ask an administrator.")
    try:
        with get_connection():
            return ""
    except Exception as error:  # from the mail server, the network, or a backend
        logger.error(
            "The mail server cannot be used. Check EMAIL_URL. %s: %s", type(error).__name__, error
        )
        return _("Email cannot be sent at the moment. Try again later.")


def is_configured() -> bool:
    """Returns whether mail reaches people; while DEBUG is on, the terminal is enough."""
    return settings.EMAIL_BACKEND not in NOT_SENDING or prints_to_terminal()


def prints_to_terminal() -> bool:
    return settings.DEBUG and settings.EMAIL_BACKEND == CONSOLE_BACKEND


def send(message: EmailMessage) -> None:
    """Sends the message soon. Failures are logged."""
    if free_places.acquire(blocking=False):
        pool.submit(deliver, message)
    else:
        logger.error(
            "A mail was dropped, because %d mails are waiting for the mail server.", QUEUED_MAX
        )


def deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # from the mail server, the network, or a backend
        logger.error(
            "A mail could not be sent. Check EMAIL_URL. %s: %s", type(error).__name__, error
        )
    finally:
        free_places.release()
