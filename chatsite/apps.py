from django.apps import AppConfig


class ChatsiteConfig(AppConfig):
    name = "chatsite"

    def ready(self) -> None:
        from chatsite import checks  # noqa: F401 -- registers them
        from chatsite.serving import checks as serving_checks  # noqa: F401
