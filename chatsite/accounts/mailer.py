"""Mail is sent by a thread. A page neither waits for the mail server nor fails with it, and takes
the same time whether there is a mail to send or not. Mails are not queued as tasks, because
anybody who can read Redis could then use the links in them."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

QUEUED_MAX = 1000

pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
free_places = BoundedSemaphore(QUEUED_MAX)
logger = logging.getLogger(__name__)


CONSOLE_BACKEND = "django.core.mail.backends.console.EmailBackend"
NOT_SENDING = {CONSOLE_BACKEND, "django.core.mail.backends.dummy.EmailBackend"}


def unavailable_reason() -> str:
    """Why nobody would get a mail now, or an empty string. Connects to the mail server."""
    if not is_configured():
        return "This site does not send mail yet. Ask the people who run it."
    try:
        with get_connection():
            return ""
    except Exception as error:  # of the mail server, the network, or a backend
        logger.error(
            "The mail server cannot be used. Check EMAIL_URL. %s: %s", type(error).__name__, error
        )
        return "Mail cannot be sent at the moment. Try again later."


def is_configured() -> bool:
    """While DEBUG is on, mail in the terminal is good enough."""
    return settings.EMAIL_BACKEND not in NOT_SENDING or prints_to_terminal()


def prints_to_terminal() -> bool:
    return settings.DEBUG and settings.EMAIL_BACKEND == CONSOLE_BACKEND


def send(message: EmailMessage) -> None:
    """Soon. Whether it worked is in the log."""
    if free_places.acquire(blocking=False):
        pool.submit(deliver, message)
    else:
        logger.error("A mail was dropped, because %d are waiting for the server.", QUEUED_MAX)


def deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # of the mail server, the network, or a backend
        logger.error(
            "A mail could not be sent. Check EMAIL_URL. %s: %s", type(error).__name__, error
        )
    finally:
        free_places.release()
