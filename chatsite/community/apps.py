from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "chatsite.community"
    label = "community"
