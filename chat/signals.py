"""What chat does when the project deletes a user."""

from typing import Any

from django.db.models import Model
from django.db.transaction import on_commit

from chat import events, rooms, timeline
from chat.models import Membership


def leave_rooms(instance: Model, **kwargs: Any) -> None:
    """Before the user's row goes: sockets of the others hear of it, and a room gets another owner.
    Direct conversations stay for the other people in them. Pages forget the user's name."""
    events.person_deleted(instance)
    on_commit(lambda: timeline.kept.cache_clear())
    for membership in Membership.objects.filter(user=instance.pk).select_related("room"):
        rooms.end_membership(membership)
