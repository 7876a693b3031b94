"""The permissions of moderators: Django's permissions, as in the admin.

Direct conversations cannot be moderated. The owner of a room needs no permission in it.
"""

import time
from functools import lru_cache
from typing import Any

from chat import users
from chat.exceptions import Forbidden
from chat.models import Room

DELETE_MESSAGES = "chat.delete_message"
RENAME_ROOMS = "chat.change_room"  # and archive them
DELETE_ROOMS = "chat.delete_room"
REMOVE_MEMBERS = "chat.delete_membership"

CACHE_SECONDS = 10
CACHED_USERS_MAX = 10_000


def can_moderate(user: Any, room: Room, permission: str) -> bool:
    """Returns whether the user has the permission in this room now, by the database and not by
    what `user` was when it was loaded."""
    return room.kind != Room.Kind.DIRECT and has_permission(reload_active(user), permission)


def reload_active(user: Any) -> Any:
    """Returns the user as the database has them now. Raises Forbidden if they are deactivated."""
    found = users.active().filter(pk=user.pk).first()
    if found is None:
        raise Forbidden
    return found


def can_show_delete(user: Any) -> bool:
    """Returns whether pages show a moderator's buttons. The result is cached for up to
    CACHE_SECONDS, since every page needs it; the action behind a button checks the permission
    again."""
    is_superuser = getattr(user, "is_superuser", False)
    return is_superuser or _has_delete_permission(user.pk, int(time.time() // CACHE_SECONDS))


@lru_cache(maxsize=CACHED_USERS_MAX)
def _has_delete_permission(user_id: Any, period: int) -> bool:
    user = users.active().filter(pk=user_id).first()
    return user is not None and has_permission(user, DELETE_MESSAGES)


def has_permission(user: Any, permission: str) -> bool:
    """Returns False for every user of a model without PermissionsMixin."""
    return hasattr(user, "has_perm") and user.has_perm(permission)
