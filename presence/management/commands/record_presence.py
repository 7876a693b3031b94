import logging
import signal
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections

from presence import history

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Records when users were last seen, and how many are online: once, or periodically."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            type=float,
            metavar="SECONDS",
            help="record again every so many seconds, such as 60, until SIGTERM or SIGINT",
        )

    def handle(self, *args, every: float | None = None, **options) -> None:
        if every is None:
            history.record()
            return
        if not 1 <= every <= 3600:
            raise CommandError("--every must be from 1 to 3600 seconds.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._record_every(every)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _record_every(self, every: float) -> None:
        while True:
            close_old_connections()
            try:
                history.record()
            except DatabaseError as error:
                logger.warning("Presence will be recorded later: %s", error)
            time.sleep(every - time.time() % every)  # at the start of each minute, with 60
