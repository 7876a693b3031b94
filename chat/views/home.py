"""The home page, and the search for rooms and users on every page."""

from urllib.parse import urlsplit

from django.db.models import Case, QuerySet, When
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from chat import users
from chat.exceptions import ChatError, Forbidden
from chat.models import Room
from chat.protocol.server_frames import author
from chat.rate_limits.limits import limited
from chat.rendering.message_html import FACES
from chat.services import memberships, mentions, people, room_list, rooms
from chat.services.room_list import RoomSummary
from chat.views import sidebar
from chat.views.access import is_screen, number, scoped, shell
from presence.user_status import statuses

OPEN_ROOMS_MAX = 100
QUICK_SWITCHER_MAX = 8
UNREAD_ROOMS_MAX = 10
NAMES_MAX = 100  # in one request


@require_safe
@vary_on_headers("Chat-Screen")
@scoped
def home(request: HttpRequest) -> HttpResponse:
    return home_page(request)


@limited("ROOMS")
@require_POST
@scoped
def direct(request: HttpRequest) -> HttpResponse:
    """Opens a conversation with users given by their ids, or by usernames separated by commas."""
    names = request.POST.get("username", "")
    try:
        ids = people.resolve_ids(request.POST.getlist("user"), names)
        return redirect("chat:room", rooms.direct(request.user, ids).pk)
    except ChatError as error:
        return home_page(request, several=names, error=error.detail)


def home_page(request: HttpRequest, several: str = "", error: str = "") -> HttpResponse:
    """Renders the home page. `several` are usernames that were typed, `error` is the error in
    them."""
    summaries = room_list.summaries(request.user)
    last = room_list.find(summaries, request.session.get("last_room"))
    text = request.GET.get("q", "")
    return render(
        request,
        "chat/home.html",
        {
            **shell(summaries),
            "is_screen": is_screen(request),
            "summaries": summaries,
            "last": last,
            "new": memberships.new(request.user),
            "mentions": mentions.unread(request.user, summaries),
            "unread_rooms": unread_rooms_html(summaries),
            "start": last or first_room(summaries),
            "open_rooms": list(open_rooms(request.user)),
            "q": text,
            "people": people.search(request.user, text),
            "several": several,
            "error": error,
        },
        status=422 if error else 200,
    )


def unread_rooms_html(summaries: list[RoomSummary]) -> str:
    """Renders links to the rooms with unread messages, those with mentions first."""
    unread = sorted((room for room in summaries if room.unread), key=by_urgency)[:UNREAD_ROOMS_MAX]
    return sidebar.links(unread, None)


def first_room(summaries: list[RoomSummary]) -> RoomSummary | None:
    """Returns the room to start with, or None if the unread rooms are listed anyway."""
    if any(room.unread for room in summaries):
        return None
    return next((room for room in summaries if not room.is_archived), None)


def by_urgency(summary: RoomSummary) -> tuple[bool, bool]:
    return not summary.mentions, not summary.unread


@limited("SEARCHES", "GET")
@require_safe
@scoped
def quick_switcher(request: HttpRequest) -> HttpResponse:
    """Renders the quick switcher's results: rooms to join, and users to talk to."""
    text = request.GET.get("q", "")
    context = {
        "open_rooms": open_rooms(request.user, text)[:QUICK_SWITCHER_MAX],
        "people": people.search(request.user, text)[:QUICK_SWITCHER_MAX],
    }
    return render(request, "chat/partials/_quick_switcher_results.html", context)


@limited("SEARCHES", "GET")
@require_safe
@scoped
def people_results(request: HttpRequest) -> HttpResponse:
    found = people.search(request.user, request.GET.get("q", ""))
    return render(request, "chat/partials/_people.html", {"people": found})


@limited("SEARCHES", "GET")
@require_safe
@scoped
def people_names(request: HttpRequest) -> JsonResponse:
    """Returns the names of users by their ids, as JSON. Unknown ids are left out."""
    ids = [pk for pk in map(users.to_pk, request.GET.getlist("ids")[:NAMES_MAX]) if pk is not None]
    found = users.active().filter(pk__in=ids)
    people = [{**author(user), "face": users.face(user.pk, FACES)} for user in found]
    return JsonResponse({"users": people})


@limited("SEARCHES", "GET")
@require_safe
@scoped
def profile(request: HttpRequest) -> HttpResponse:
    """Renders the profile of an active user, one's own without an id, for the card that the browser
    shows."""
    wanted = users.to_pk(request.GET["id"]) if "id" in request.GET else request.user.pk
    person = users.active().filter(pk=wanted).first()
    if person is None:
        raise Forbidden
    context = {"person": person, "status": statuses([person.pk])[person.pk]}
    return render(request, "chat/partials/_profile_card.html", context)


def open_rooms(user, text: str = "") -> QuerySet[Room]:
    """Returns the public rooms with `text` in their names that `user` is not a member of."""
    others = Room.objects.writable().filter(kind=Room.Kind.PUBLIC).exclude(memberships__user=user)
    folded = " ".join(text.replace("\0", " ").split()).casefold()
    others = others.filter(folded_name__contains=folded)
    best = Case(
        When(folded_name__startswith=folded, then=0),
        When(folded_name__contains=f" {folded}", then=1),
        default=2,
    )
    return others.order_by(best, Lower("name"))[:OPEN_ROOMS_MAX]


@require_safe
@scoped
def sidebar_lists(request: HttpRequest) -> HttpResponse:
    current = number(request, "current")
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    context = {**shell(room_list.summaries(request.user), current), "path": page}
    return render(request, "chat/partials/_sidebar.html", context)
