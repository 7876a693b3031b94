from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asgiref.sync import sync_to_async
from django.utils.translation import pgettext_lazy

import presence
from presence import socket_leases
from presence.clock import Moment
from presence.models import LastSeen
from presence.primary_key import UserId, normalize


class State(StrEnum):
    HERE = "here"  # a socket is open and was used in the last ten minutes
    AWAY = "away"  # a socket is open
    ONLINE = "online"  # recently marked, without a socket: an API client, a page without JavaScript
    SEEN = "seen"  # not online, seen some time ago
    OFF = "off"  # never seen

    @property
    def label(self) -> str:
        return str(LABELS[self])


LABELS = {
    State.HERE: pgettext_lazy("state of a user", "Active"),
    State.AWAY: pgettext_lazy("state of a user", "Away"),
    State.ONLINE: pgettext_lazy("state of a user", "Online"),
    State.SEEN: pgettext_lazy("state of a user", "Seen"),
    State.OFF: pgettext_lazy("state of a user", "Off"),
}


@dataclass(frozen=True)
class UserStatus:
    state: State
    last_activity: datetime | None


def statuses(user_ids: Iterable[UserId], now: Moment = None) -> dict[UserId, UserStatus]:
    """Returns the status of each user as others see it."""
    user_ids = list(normalize(user_ids))
    sockets = socket_leases.states(user_ids)
    online = presence.last_activities(user_ids, now)
    seen = LastSeen.objects.times_of(user_ids) | online

    def state(user_id: UserId) -> State:
        if user_id in sockets:
            return State.HERE if sockets[user_id] == socket_leases.HERE else State.AWAY
        if user_id in online:
            return State.ONLINE
        return State.SEEN if user_id in seen else State.OFF

    return {user_id: UserStatus(state(user_id), seen.get(user_id)) for user_id in user_ids}


async def astatuses(user_ids: Iterable[UserId], now: Moment = None) -> dict[UserId, UserStatus]:
    return await sync_to_async(statuses)(user_ids, now)
