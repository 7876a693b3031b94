"""Reading private rooms and direct conversations in the admin: only a superuser who gives a reason,
which is logged, and only for an hour."""

import time
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from chat.models import Message, Room

SESSION_KEY = "opened_private_rooms"  # {room id: until when, in seconds since 1970}
ACCESS_SECONDS = 3600
REASON_MIN_CHARACTERS = 10
REASON_MAX_CHARACTERS = 500


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=REASON_MIN_CHARACTERS,
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="It is written to the log together with your name.",
    )


def grant(request: HttpRequest, room: Room, now: float | None = None) -> None:
    until = (time.time() if now is None else now) + ACCESS_SECONDS
    request.session[SESSION_KEY] = {**request.session.get(SESSION_KEY, {}), str(room.pk): until}


def granted_room_ids(request: HttpRequest, now: float | None = None) -> list[int]:
    if not request.user.is_superuser:
        return []
    now = time.time() if now is None else now
    opened: dict[str, Any] = request.session.get(SESSION_KEY, {})
    return [int(room_id) for room_id, until in opened.items() if until > now]


def readable_messages(request: HttpRequest, messages: QuerySet[Message]) -> QuerySet[Message]:
    """Without the others a search finds nothing in them, and a count says nothing of them."""
    is_open = Q(kind=Room.Kind.PUBLIC) | Q(pk__in=granted_room_ids(request))
    rooms = Room.objects.filter(is_open, pk=OuterRef("room"), deleted_at=None)
    return messages.filter(Exists(rooms))  # the latest are found without a look at all


def joinable_rooms(request: HttpRequest) -> QuerySet[Room]:
    """Rooms that somebody can be made a member of. A new member reads everything in a room, so a
    private one has to be open to whoever adds them."""
    is_open = Q(pk__in=Room.objects.visible_to(request.user)) | Q(pk__in=granted_room_ids(request))
    return Room.objects.writable().exclude(kind=Room.Kind.DIRECT).filter(is_open)
