"""The pages. A view calls one verb; what a person may not see or do is not there: 404."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db.models import Case, QuerySet, When
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django.views.defaults import page_not_found

from chat import (
    drafts,
    history,
    ids,
    limits,
    people,
    permissions,
    rooms,
    sidebar,
    timeline,
    writer,
)
from chat.drafts import Draft
from chat.exceptions import ChatError, Forbidden, Invalid, RateLimited
from chat.forms import RoomForm
from chat.limits import limited
from chat.models import Room

OPEN_ROOMS_MAX = 100
JUMP_MAX = 8


def scoped(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (Room.DoesNotExist, Forbidden, Http404) as error:
            return page_not_found(request, error)  # the site's own page in development too

    return wrapped


@require_safe
@scoped
def home(request: HttpRequest) -> HttpResponse:
    return home_page(request)


def home_page(request: HttpRequest, several: str = "", error: str = "") -> HttpResponse:
    """`several`: usernames that were typed, and the error in them."""
    cards = rooms.sidebar(request.user)
    last = next((card for card in cards if card.id == request.session.get("last_room")), None)
    text = request.GET.get("q", "")
    return render(
        request,
        "chat/home.html",
        {
            **shell(cards),
            "cards": cards,
            "last": last,
            "start": last or min(cards, key=by_news, default=None),
            "open_rooms": list(open_rooms(request.user)),
            "q": text,
            "people": people.search(request.user, text),
            "several": several,
            "error": error,
        },
        status=422 if error else 200,
    )


def by_news(card: rooms.RoomCard) -> tuple[bool, bool]:
    return not card.mentions, not card.unread


def open_rooms(user, text: str = "") -> QuerySet[Room]:
    """Public rooms that `user` is not in, with `text` in their names."""
    others = Room.objects.writable().filter(kind=Room.Kind.PUBLIC).exclude(memberships__user=user)
    folded = " ".join(text.replace("\0", " ").split()).casefold()
    others = others.filter(folded_name__contains=folded)
    best = Case(
        When(folded_name__startswith=folded, then=0),
        When(folded_name__contains=f" {folded}", then=1),
        default=2,
    )
    return others.order_by(best, Lower("name"))[:OPEN_ROOMS_MAX]


@limited("SEARCHES", "GET")
@require_safe
@scoped
def jump(request: HttpRequest) -> HttpResponse:
    """Where else to go: rooms to join, and people to talk to."""
    text = request.GET.get("q", "")
    context = {
        "open_rooms": open_rooms(request.user, text)[:JUMP_MAX],
        "people": people.search(request.user, text)[:JUMP_MAX],
    }
    return render(request, "chat/jump.html", context)


@limited("SEARCHES", "GET")
@require_safe
@scoped
def people_found(request: HttpRequest) -> HttpResponse:
    found = people.search(request.user, request.GET.get("q", ""))
    return render(request, "chat/people.html", {"people": found})


@require_safe
@scoped
def sidebar_lists(request: HttpRequest) -> HttpResponse:
    current = number(request, "current")
    return render(request, "chat/sidebar.html", shell(rooms.sidebar(request.user), current))


@require_safe
@vary_on_headers("HX-Request")
@scoped
def room(request: HttpRequest, room_id: int) -> HttpResponse:
    if "HX-Request" in request.headers:
        return more(request, rooms.get(request.user, room_id))
    response = room_page(request, room_id)
    if may_write(request) and request.session.get("last_room") != room_id:
        request.session["last_room"] = room_id
    return response


def more(request: HttpRequest, room: Room) -> HttpResponse:
    """The page of messages before or after a seq, to be put into the one that is shown."""
    before, after = number(request, "before"), number(request, "after")
    shown = timeline.of(history.page(room, before=before, after=after))
    context = {"room": room, "timeline": shown, "html": shown.html(), "forward": after is not None}
    return render(request, "chat/more.html", context)


def room_page(
    request: HttpRequest,
    room_id: int,
    typed: str | None = None,
    error: str = "",
    status: int = 200,
    post_id: uuid.UUID | None = None,
) -> HttpResponse:
    """`typed`, `error`, `post_id`: a post that was refused, to be sent again as the same one."""
    cards = rooms.sidebar(request.user)
    card = next((card for card in cards if card.id == room_id), None)
    # Before the messages: whatever changes between the two is asked for again by its version.
    room = room_of(card) if card else rooms.get(request.user, room_id)
    shown = asked_for(request, room)
    context = {
        **shell(cards, room_id),
        "room": room,
        "card": card,
        "moderates": moderates(request.user, card),
        "timeline": shown,
        "at": request.GET.get("at"),
        "html": shown.html(first_unread(request, card, shown) if card else None),
        "new_since": new_since(card, shown) if card else None,
        "read": read_to_the_end(request, card, shown) if card else room.head,
        "typed": typed if typed is not None else card.draft if card else "",
        "error": error,
        "now": drafts.milliseconds(),
        "client_id": post_id or uuid.uuid4(),
        "csrf_token": get_token(request),  # Django's own is lazy, and slow in each form
    }
    return render(request, "chat/room.html", context, status=status)


def moderates(user, card: rooms.RoomCard | None) -> bool:
    """Whether to show what an owner or a moderator may do with messages of others."""
    if card is None or card.kind == Room.Kind.DIRECT:
        return False
    return card.is_owner or permissions.shows_deleting(user)


def room_of(card: rooms.RoomCard) -> Room:
    """Without another query; a conversation has the name it has for its member."""
    room = Room(pk=card.id, kind=card.kind, name=card.name, topic=card.topic, head=card.head)
    room.archived_at = timezone.now() if card.is_archived else None
    return room


def asked_for(request: HttpRequest, room: Room) -> timeline.Timeline:
    before, after, at, new = (number(request, name) for name in ("before", "after", "at", "new"))
    if new is not None:
        return timeline.of(history.page(room, at=new))
    if (before, after, at) == (None, None, None):
        return timeline.latest(room)
    return timeline.of(history.page(room, before=before, after=after, at=at), at=at)


def first_unread(request, card: rooms.RoomCard, shown: timeline.Timeline) -> int | None:
    """By now the messages may be read: the address says from where they were not."""
    new = number(request, "new")
    return shown.first_unread(request.user, card.read if new is None else new)


def new_since(card: rooms.RoomCard, shown: timeline.Timeline) -> int | None:
    """What was read last, where the first unread message is further up than the page goes."""
    beyond = card.unread and not shown.newer and shown.begins_after(card.read)
    return card.read if beyond else None


def read_to_the_end(request, card: rooms.RoomCard, shown: timeline.Timeline) -> int:
    """Opening a room is reading it, up to the last message shown; a program that may only read
    changes nothing."""
    if shown.newer or shown.last <= card.read or not may_write(request):
        return card.read
    return rooms.mark_read(request.user, card.id, shown.last)


def may_write(request: HttpRequest) -> bool:
    """A project whose tokens have scopes sets `request.scopes`."""
    return "write" in getattr(request, "scopes", {"write"})


def shell(cards: list[rooms.RoomCard], current: int | None = None) -> dict[str, object]:
    return {
        "sidebar_rooms": sidebar.rooms_html(cards, current),
        "sidebar_direct": sidebar.direct_html(cards, current),
        "sidebar_archived": sidebar.archived_html(cards, current),
        "current": current,
    }


def number(request: HttpRequest, name: str, method: str = "GET") -> int | None:
    """A whole number from the address or the form; anything else is as if it were left out."""
    return ids.parse(getattr(request, method).get(name, ""))


@limited("PAGES")  # and CHANGES, by what the body costs
@require_POST
@scoped
def post(request: HttpRequest, room_id: int) -> HttpResponse:
    """The composer without JavaScript. What was typed is kept where it cannot be posted."""
    body, post_id = request.POST.get("body", ""), client_id(request)
    try:
        limits.charge_request(request, "CHANGES", limits.cost_of(body))
        writer.post(request.user, room_id, post_id, body)
    except Forbidden:
        raise
    except RateLimited as error:
        response = room_page(
            request, room_id, typed=body, error=error.detail, status=429, post_id=post_id
        )
        response["Retry-After"] = str(error.retry_after)
        return response
    except ChatError as error:
        return room_page(
            request, room_id, typed=body, error=error.detail, status=422, post_id=post_id
        )
    drafts.save(request.user, room_id, Draft(""))
    return redirect("room", room_id)


def client_id(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("client_id", ""))
    except ValueError:
        return uuid.uuid4()


@limited("ROOMS")
@scoped
def new(request: HttpRequest) -> HttpResponse:
    form = RoomForm(request.POST or None)
    if form.is_valid():
        try:
            return redirect("room", rooms.create(request.user, **form.cleaned_data).pk)
        except Invalid as error:
            form.add_error("name", error.detail)
    return render(
        request,
        "chat/new.html",
        {**shell(rooms.sidebar(request.user)), "form": form},
        status=422 if form.errors else 200,
    )


@limited("ROOMS")
@require_POST
@scoped
def direct(request: HttpRequest) -> HttpResponse:
    """To one or several people, given by the ids or by their usernames with commas between."""
    names = request.POST.get("username", "")
    try:
        ids = people.ids(request.POST.getlist("user"), names)
        return redirect("room", rooms.direct(request.user, ids).pk)
    except ChatError as error:
        return home_page(request, several=names, error=error.detail)
