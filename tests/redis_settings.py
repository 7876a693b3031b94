"""Changes the settings of presence, and the address of Redis, for one test."""


def configure(settings, **values) -> None:
    settings.PRESENCE = {**settings.PRESENCE, **values}


def use_redis(settings, url: str) -> None:
    settings.REDIS_URL = url
    configure(settings, REDIS_URL=url)
