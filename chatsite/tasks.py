"""What the site does by itself, on the task queue: each turn once, however many workers run."""

from datetime import timedelta

from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.files.storage import default_storage
from django.utils import timezone

from chat.exports import FOLDER, KEPT_DAYS
from presence import history
from tasks.api import task

EVERY_MINUTE = "* * * * *"
EVERY_NIGHT = "20 3 * * *"


@task(cron=EVERY_MINUTE)
def note_presence() -> None:
    history.write_last_seen()
    history.sample()


@task(cron=EVERY_NIGHT)
def clean_up() -> None:
    SessionStore.clear_expired()
    remove_old_exports()


def remove_old_exports(now=None) -> None:
    """Files whose task ended long ago: nobody can reach them any more."""
    before = (now or timezone.now()) - timedelta(days=KEPT_DAYS)
    if not default_storage.exists(FOLDER):
        return
    _, names = default_storage.listdir(FOLDER)
    for name in names:
        path = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(path) < before:
            default_storage.delete(path)
