"""Helpers of every page: access, numbers in the request, and the sidebar."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import page_not_found

from chat import ids
from chat.exceptions import Forbidden
from chat.models import Room
from chat.rendering import addresses
from chat.services.room_list import RoomSummary
from chat.views import sidebar


def scoped(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (Room.DoesNotExist, Forbidden, Http404) as error:
            return page_not_found(request, error)  # the site's 404 page, also in development

    return wrapped


def shell(summaries: list[RoomSummary], current: int | None = None) -> dict[str, object]:
    mount = addresses.current()
    favourites = [room for room in summaries if room.is_favourite and not room.is_archived]
    favourites.sort(key=lambda room: room.favourite_position or 0)
    others = [room for room in summaries if not room.is_favourite]
    return {
        "mount": mount,
        "sidebar_favourites": sidebar.links(favourites, current, mount),
        "sidebar_rooms": sidebar.rooms_html(others, current, mount),
        "sidebar_direct": sidebar.direct_html(others, current, mount),
        "sidebar_archived": sidebar.archived_html(summaries, current, mount),
        "current": current,
    }


def is_screen(request: HttpRequest) -> bool:
    """Returns whether navigation.js wants only the part next to the sidebar. It may never be
    shown, so it changes nothing: the browser reports what is."""
    return "Chat-Screen" in request.headers


def number(request: HttpRequest, name: str, method: str = "GET") -> int | None:
    """Returns a whole number from the address or the form, or None if it is missing or invalid."""
    return ids.parse(getattr(request, method).get(name, ""))


def can_write(request: HttpRequest) -> bool:
    """Returns whether the request may change data. A project whose tokens have scopes sets
    `request.scopes`."""
    return "write" in getattr(request, "scopes", {"write"})
