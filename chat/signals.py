"""What chat does when the project deletes a user."""

from typing import Any

from django.db.models import Model

from chat import rooms
from chat.models import Membership


def leave_rooms(instance: Model, **kwargs: Any) -> None:
    """Before the user's row goes: sockets of the others hear of it, and a room gets another owner.
    Direct conversations stay for the other people in them."""
    for membership in Membership.objects.filter(user=instance.pk).select_related("room"):
        rooms.end_membership(membership)
