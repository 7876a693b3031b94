"""Marks rooms as favourites, and orders them."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from chat import ids
from chat.exceptions import Invalid
from chat.rate_limits.limits import limited
from chat.services import favourites
from chat.views.access import scoped


@limited("MEMBERS")
@require_POST
@scoped
def mark(request: HttpRequest, room_id: int) -> HttpResponse:
    is_favourite = request.POST.get("is_favourite") == "1"
    favourites.set_favourite(request.user, room_id, is_favourite)
    if not request.accepts("text/html"):
        return HttpResponse(status=204)  # a script sent the form
    return redirect("chat:room", room_id)


@limited("MEMBERS")
@require_POST
@scoped
def order(request: HttpRequest) -> HttpResponse:
    """Saves the order of the favourites, which are the fields `room`. Returns the error as JSON."""
    try:
        favourites.set_order(request.user, [*map(ids.parse, request.POST.getlist("room"))])
    except Invalid as error:
        return JsonResponse({"detail": error.detail}, status=422)
    return HttpResponse(status=204)
