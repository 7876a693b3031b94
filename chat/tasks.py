"""The periodic tasks of chat. The worker finds them here."""

from chat.services import exports, room_deletion
from tasks import task

EVERY_HOUR = "40 * * * *"
EVERY_NIGHT = "20 3 * * *"


@task(cron=EVERY_HOUR)
def delete_left_over_rooms() -> None:
    room_deletion.delete_left_over()


@task(cron=EVERY_NIGHT)
def remove_expired_exports() -> None:
    exports.remove_expired()
