"""{% load presence %}. Users may also be given as their primary keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.core.exceptions import ValidationError
from django.utils.timesince import timesince
from django.utils.translation import gettext, pgettext

import presence
from presence import names, primary_key, user_status

register = template.Library()


@register.simple_tag
def online_count() -> int:
    """{% online_count %} or {% online_count as number %}"""
    return presence.online_count()


@register.filter
def is_online(user: Any) -> bool:
    """{% if user|is_online %}: one round trip for each use; for a list use `online_among`."""
    return bool(online_among([user]))


@register.simple_tag
def online_among(users: Iterable[Any]) -> set[Any]:
    """{% online_among users as online %}{% for user in users %}{% if user in online %}: returns
    those who are online, in one round trip."""
    by_id = {id_of(user): user for user in users}
    by_id.pop(None, None)  # a visitor
    online = presence.is_online(by_id) if by_id else set()
    return {user for user_id, user in by_id.items() if user_id in online}


@register.filter
def last_activity(user: Any) -> datetime | None:
    """{{ user|last_activity|timesince }}: None if the user is not online."""
    user_id = id_of(user)
    return None if user_id is None else presence.last_activity(user_id)


@register.filter
def with_status(users: Iterable[Any]) -> list[tuple[Any, user_status.UserStatus]]:
    """{% for user, status in users|with_status %}{{ status.state }} {{ status.last_activity }}:
    here, away, online, seen or off, for all users together."""
    users = list(users)
    status_of = user_status.statuses([id_of(user) for user in users])
    return [(user, status_of[id_of(user)]) for user in users]


@register.filter
def ago(when: datetime) -> str:
    """{{ status.last_activity|ago }}: now, or 3 minutes ago"""
    is_recent = datetime.now(UTC) - when < timedelta(minutes=1)
    if is_recent:
        return pgettext("last activity", "now")
    return gettext("%(time)s ago") % {"time": timesince(when)}


@register.filter
def display_name(user: Any) -> str:
    """Returns the full name, or the username if there is none."""
    return names.display_name(user)


def id_of(user: Any) -> Any:
    """Returns the primary key as the user model has it; None for a visitor."""
    user_id = getattr(user, "pk", user)
    try:
        return None if user_id == "" else primary_key.field().to_python(user_id)
    except ValidationError:
        return None
