from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from chatsite import demo
from chatsite.accounts.models import User


class Command(BaseCommand):
    help = "Adds demo users and messages. For development only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="Only if nobody has an account yet."
        )
        parser.add_argument(
            "--deactivate",
            action="store_true",
            help="Deactivates the demo accounts and their bots instead. Their messages stay.",
        )

    def handle(self, **options: Any) -> None:
        if options["deactivate"]:
            self.deactivate()
        elif not settings.DEBUG:
            raise CommandError(
                "The password of the demo users is public. They are for DEBUG=True only."
            )
        elif not (options["if_empty"] and User.objects.exists()):
            demo.load()

    def deactivate(self) -> None:
        for account in User.objects.filter(is_demo=True, is_active=True):
            account.is_active = False
            account.save()
            self.stdout.write(f"Deactivated {account.username}.")
