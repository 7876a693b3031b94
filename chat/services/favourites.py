"""Favourites: the rooms and conversations that a user lists first, in an order of their own."""

from collections.abc import Sequence

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from chat import database
from chat.events import events
from chat.exceptions import Forbidden, Invalid
from chat.models import Membership


def set_favourite(user, room_id: int, is_favourite: bool) -> None:
    """Lists a room of the user at the end of the favourites, or no longer. Raises Forbidden if the
    user is not a member."""
    found = Membership.objects.select_related("room").filter(user=user, room_id=room_id)
    membership = found.first()
    if membership is None:
        raise Forbidden
    if membership.is_favourite != is_favourite:
        membership.favourite_position = next_position(user) if is_favourite else None
        membership.save(update_fields=["favourite_position"])
        events.listed(membership.room, user.pk)


def next_position(user) -> int:
    last = Membership.objects.filter(user=user).aggregate(last=Max("favourite_position"))["last"]
    return 0 if last is None else last + 1


def set_order(user, room_ids: Sequence[int | None]) -> None:
    """Orders the user's favourites as in `room_ids`. Favourites that are missing there follow in
    their present order: another device may have added them, or they are archived. Raises Invalid,
    and changes nothing, if there is an id of anything else, a double, or no id."""
    with database.atomic():
        favourites = locked(user)
        check(room_ids, favourites)
        moved = arrange(room_ids, favourites)
        Membership.objects.bulk_update(moved, ["favourite_position"])
        if moved:
            events.listed(moved[0].room, user.pk)


def locked(user) -> list[Membership]:
    """Returns the user's favourites in their present order. Locks them in the order of their keys,
    as any other device does."""
    found = Membership.objects.filter(user=user, favourite_position__isnull=False)
    by_key = list(found.order_by("pk").select_for_update())
    return sorted(by_key, key=lambda membership: membership.favourite_position or 0)


def check(room_ids: Sequence[int | None], favourites: list[Membership]) -> None:
    if not room_ids:
        raise Invalid(_("List at least one favourite."))
    if len(set(room_ids)) < len(room_ids):
        raise Invalid(_("A favourite is listed twice."))
    if not {favourite.room_id for favourite in favourites}.issuperset(room_ids):
        raise Invalid(_("One of these rooms is not a favourite any more. Try again."))


def arrange(room_ids: Sequence[int | None], favourites: list[Membership]) -> list[Membership]:
    """Sets the positions of the favourites, and returns those that moved."""
    places = {room_id: place for place, room_id in enumerate(room_ids)}
    ordered = sorted(favourites, key=lambda favourite: places.get(favourite.room_id, len(places)))
    moved = []
    for position, favourite in enumerate(ordered):
        if favourite.favourite_position != position:
            favourite.favourite_position = position
            moved.append(favourite)
    return moved
