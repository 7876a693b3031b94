"""Drafts: the unsent text of a user in a room. The latest draft of all their devices is stored."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from chat.events import events
from chat.exceptions import Forbidden
from chat.ids import ID_MAX
from chat.models import BODY_MAX_CHARACTERS, Membership

MAX_CHARACTERS = 5 * BODY_MAX_CHARACTERS  # room for a text that is still too long to send


@dataclass(frozen=True, slots=True)
class Draft:
    """An unsent text. `reply_seq` is the seq of the message that it replies to. `at` is when it was
    typed, in milliseconds since 1970 by the clock of the server."""

    body: str
    reply_seq: int | None = None
    at: int = 0


def get(user, room_id: int) -> Draft:
    """Returns the stored draft. Raises Forbidden if the user is not a member of the room."""
    found = membership_of(user, room_id).values_list("draft", "draft_reply_seq", "draft_at").first()
    if found is None:
        raise Forbidden
    return Draft(*found)


def save(user, room_id: int, draft: Draft, now: int | None = None) -> Draft:
    """Stores the draft unless a later one is stored, notifies the user's other pages, and returns
    the stored draft. Raises Forbidden if the user is not a member of the room."""
    now = now or milliseconds()
    at = min(draft.at or now, now)
    body = draft.body.replace("\x00", "")[:MAX_CHARACTERS]
    reply_seq = draft.reply_seq if draft.reply_seq and draft.reply_seq <= ID_MAX else None
    older = membership_of(user, room_id).filter(draft_at__lte=at)
    is_new = older.update(draft=body, draft_reply_seq=reply_seq, draft_at=at)
    stored = get(user, room_id)
    if is_new:
        events.drafted(user.pk, {"room": room_id, **as_dict(stored)})
    return stored


def as_dict(draft: Draft) -> dict[str, Any]:
    return asdict(draft)


def membership_of(user, room_id: int):
    return Membership.objects.filter(user=user, room_id=room_id)


def milliseconds() -> int:
    return time.time_ns() // 1_000_000
