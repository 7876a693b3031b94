"""Access to private rooms and direct conversations in the admin.

Only a superuser who gives a reason can read them, for an hour. The reason is logged.
"""

import time
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.models import Message, Room

SESSION_KEY = "opened_private_rooms"  # {room id: end of access, in seconds since 1970}
ACCESS_SECONDS = 3600
REASON_MIN_CHARACTERS = 10
REASON_MAX_CHARACTERS = 500


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        min_length=REASON_MIN_CHARACTERS,
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=_("It is logged with your name."),
    )


def grant(request: HttpRequest, room: Room, now: float | None = None) -> None:
    """Lets this session read the room for ACCESS_SECONDS."""
    until = (time.time() if now is None else now) + ACCESS_SECONDS
    request.session[SESSION_KEY] = {**request.session.get(SESSION_KEY, {}), str(room.pk): until}


def granted_room_ids(request: HttpRequest, now: float | None = None) -> list[int]:
    """Returns the ids of the rooms that this session may read because of a reason."""
    if not request.user.is_superuser:
        return []
    now = time.time() if now is None else now
    granted: dict[str, Any] = request.session.get(SESSION_KEY, {})
    return [int(room_id) for room_id, until in granted.items() if until > now]


def readable_messages(request: HttpRequest, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Returns the messages of public rooms and of rooms that this session may read. A search or a
    count does not reveal anything about the other rooms."""
    is_open = Q(kind=Room.Kind.PUBLIC) | Q(pk__in=granted_room_ids(request))
    rooms = Room.objects.filter(is_open, pk=OuterRef("room"), deleted_at=None)
    return messages.filter(Exists(rooms))  # finds the latest without reading all


def joinable_rooms(request: HttpRequest) -> QuerySet[Room]:
    """Returns the rooms that users can be added to. A new member can read all of a room, so a
    private room is included only if the user of this request can read it."""
    is_open = Q(pk__in=Room.objects.visible_to(request.user)) | Q(pk__in=granted_room_ids(request))
    return Room.objects.writable().exclude(kind=Room.Kind.DIRECT).filter(is_open)
