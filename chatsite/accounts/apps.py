from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "chatsite.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        import_module("chatsite.accounts.signals")
