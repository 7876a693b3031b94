"""Mail is sent by a thread. A page neither waits for the mail server nor fails with it, and takes
the same time whether there is a mail to send or not. Mails are not queued as tasks, because whoever
can read Redis could then use the links in them."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.core.mail import EmailMessage

WAITING_MAX = 1000

pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
places = BoundedSemaphore(WAITING_MAX)
logger = logging.getLogger(__name__)


def send(message: EmailMessage) -> None:
    """Soon. Whether it worked is in the log."""
    if places.acquire(blocking=False):
        pool.submit(deliver, message)
    else:
        logger.error("A mail was dropped, because %d are waiting for the server.", WAITING_MAX)


def deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:  # of the mail server, the network, or a backend
        logger.error(
            "A mail could not be sent. Check EMAIL_URL. %s: %s", type(error).__name__, error
        )
    finally:
        places.release()
