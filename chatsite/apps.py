from importlib import import_module

from django.apps import AppConfig


class ChatsiteConfig(AppConfig):
    name = "chatsite"

    def ready(self) -> None:
        import_module("chatsite.checks")
