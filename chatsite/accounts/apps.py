from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "chatsite.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        if find_spec("chat.revocation"):
            import_module("chatsite.accounts.signals")
