from django_redis.cache import RedisCache, omit_exception


class OutageCache(RedisCache):
    """django-redis, except that `add` succeeds while Redis is out of reach: what locks with it
    (allauth's rate limits) would otherwise wait, then refuse every sign-in."""

    @omit_exception(return_value=True)
    def add(self, *args, **kwargs):
        return self.client.add(*args, **kwargs)
