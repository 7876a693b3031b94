from collections.abc import Iterable
from datetime import datetime

from asgiref.sync import sync_to_async

from presence.primary_key import UserId


class Presence:
    """Stores the marks. `now` is in seconds since 1970. Marks may arrive in any order: a mark that
    is older than the stored one changes nothing. The async functions do the same as the others, in
    a thread if a backend has none of its own."""

    precision_seconds = 1  # how far behind last_activities may be

    def mark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        raise NotImplementedError

    async def amark_many(self, user_ids: Iterable[UserId], now: float) -> None:
        await sync_to_async(self.mark_many)(user_ids, now)

    def remove(self, user_id: UserId, now: float) -> None:
        """Removes the user, who is not online until they are marked again."""
        raise NotImplementedError

    async def aremove(self, user_id: UserId, now: float) -> None:
        await sync_to_async(self.remove)(user_id, now)

    def is_available(self) -> bool:
        """Returns False if nobody seems to be online because the storage cannot be read."""
        return True

    def online_user_ids(self, now: float) -> set[UserId]:
        raise NotImplementedError

    async def aonline_user_ids(self, now: float) -> set[UserId]:
        return await sync_to_async(self.online_user_ids)(now)

    def online_count(self, now: float) -> int:
        raise NotImplementedError

    async def aonline_count(self, now: float) -> int:
        return await sync_to_async(self.online_count)(now)

    def is_online(self, user_ids: Iterable[UserId], now: float) -> set[UserId]:
        """Returns those of `user_ids` who are online."""
        return set(self.last_activities(user_ids, now))

    async def ais_online(self, user_ids: Iterable[UserId], now: float) -> set[UserId]:
        return set(await self.alast_activities(user_ids, now))

    def last_activities(self, user_ids: Iterable[UserId], now: float) -> dict[UserId, datetime]:
        """Returns the times of those of `user_ids` who are online, in whole seconds."""
        raise NotImplementedError

    async def alast_activities(
        self, user_ids: Iterable[UserId], now: float
    ) -> dict[UserId, datetime]:
        return await sync_to_async(self.last_activities)(user_ids, now)
