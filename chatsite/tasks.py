"""The site's periodic tasks. Each occurrence runs once, however many workers there are."""

from datetime import timedelta

from django.utils import timezone

from chat.services import exports
from chatsite.accounts.session_store import SessionStore
from chatsite.ops.database_outage import skip_if_away
from presence import history
from tasks import task

EVERY_MINUTE = "* * * * *"
EVERY_NIGHT = "20 3 * * *"


@task(cron=EVERY_MINUTE)
def record_presence() -> None:
    with skip_if_away():
        history.record()


@task(cron=EVERY_NIGHT)
def clean_up() -> None:
    with skip_if_away():
        SessionStore.clear_expired()
    remove_old_exports()


def remove_old_exports(now=None) -> None:
    """Deletes the files of exports whose tasks ended long ago: nobody can reach them any more."""
    exports.remove_older((now or timezone.now()) - timedelta(days=exports.RETENTION_DAYS))
