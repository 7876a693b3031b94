"""The site's periodic tasks. Each occurrence runs once, however many workers there are."""

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
