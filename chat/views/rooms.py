"""The page of a room, and forms to post and to create rooms. Everything without access is a 404."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from chat.exceptions import ChatError, Forbidden, Invalid, RateLimited
from chat.models import Room
from chat.protocol import server_frames
from chat.rate_limits import limits
from chat.rate_limits.limits import limited
from chat.services import drafts, history, memberships, permissions, posting, room_list, rooms
from chat.services.drafts import Draft
from chat.services.room_list import RoomSummary
from chat.views import timeline
from chat.views.access import can_write, is_screen, number, scoped, shell
from chat.views.forms import RoomForm
from chat.views.timeline import Timeline


@require_safe
@vary_on_headers("HX-Request", "Chat-Screen")
@scoped
def room(request: HttpRequest, room_id: int) -> HttpResponse:
    if "HX-Request" in request.headers:
        return more(request, rooms.get(request.user, room_id))
    response = room_page(request, room_id)
    if can_write(request) and not is_screen(request):
        remember(request, room_id)
    return response


@limited("PAGES")
@require_POST
@scoped
def opened(request: HttpRequest, room_id: int) -> HttpResponse:
    """Records that navigation.js shows the room."""
    room = rooms.get(request.user, room_id)
    remember(request, room_id)
    memberships.mark_opened(request.user, room)
    return HttpResponse(status=204)


def remember(request: HttpRequest, room_id: int) -> None:
    if request.session.get("last_room") != room_id:
        request.session["last_room"] = room_id


def more(request: HttpRequest, room: Room) -> HttpResponse:
    """Renders messages before or after a seq, which the browser inserts into the page."""
    before, after = number(request, "before"), number(request, "after")
    shown = timeline.from_page(history.page(room, before=before, after=after))
    context = {"room": room, "timeline": shown, "html": shown.html(), "forward": after is not None}
    return render(request, "chat/partials/_more_messages.html", context)


def room_page(
    request: HttpRequest,
    room_id: int,
    typed: str | None = None,
    error: str = "",
    status: int = 200,
    post_id: uuid.UUID | None = None,
) -> HttpResponse:
    """Renders the page of a room. `typed`, `error` and `post_id` are of a refused post, so that it
    can be sent again with the same client_id."""
    summaries = room_list.summaries(request.user)
    summary = room_list.find(summaries, room_id)
    # Read before the messages: the browser requests later changes by their version.
    room = room_of(summary) if summary else rooms.get(request.user, room_id)
    shown = requested_timeline(request, room)
    if summary and summary.is_new and can_write(request) and not is_screen(request):
        memberships.mark_opened(request.user, room)
    context = {
        **({} if is_screen(request) else shell(summaries, room_id)),
        "is_screen": is_screen(request),
        "room": room,
        "summary": summary,
        "can_moderate": can_moderate(request.user, summary),
        "timeline": shown,
        "at": request.GET.get("at"),
        "html": shown.html(first_unread(request, summary, shown) if summary else None),
        "new_since": new_since(summary, shown) if summary else None,
        "read": mark_shown_as_read(request, summary, shown) if summary else room.head,
        "typed": typed if typed is not None else summary.draft if summary else "",
        "error": error,
        "now": drafts.milliseconds(),
        "client_id": post_id or uuid.uuid4(),
        "csrf_token": get_token(request),  # Django's own is lazy, and slow if many forms use it
    }
    return render(request, "chat/room.html", context, status=status)


def can_moderate(user, summary: RoomSummary | None) -> bool:
    """Returns whether to show the actions of owners and moderators on messages of others."""
    if summary is None or summary.kind == Room.Kind.DIRECT:
        return False
    return summary.is_owner or permissions.can_show_delete(user)


def room_of(summary: RoomSummary) -> Room:
    """Returns the room of a summary without a query. A direct conversation has the name that it has
    for this member."""
    room = Room(
        pk=summary.id, kind=summary.kind, name=summary.name, topic=summary.topic, head=summary.head
    )
    room.archived_at = timezone.now() if summary.is_archived else None
    return room


def requested_timeline(request: HttpRequest, room: Room) -> Timeline:
    before, after, at, new = (number(request, name) for name in ("before", "after", "at", "new"))
    if new is not None:
        return timeline.from_page(history.page(room, at=new))
    if (before, after, at) == (None, None, None):
        return timeline.latest(room)
    return timeline.from_page(history.page(room, before=before, after=after, at=at), at=at)


def first_unread(request, summary: RoomSummary, shown: Timeline) -> int | None:
    """Returns the seq of the first unread message. If the address has `new`, it counts from there,
    since the messages may be marked as read by now."""
    new = number(request, "new")
    return shown.first_unread(request.user, summary.last_read_seq if new is None else new)


def new_since(summary: RoomSummary, shown: Timeline) -> int | None:
    """Returns the seq that was read last if the first unread message is above this page, or
    None."""
    beyond = summary.unread and not shown.newer and shown.begins_after(summary.last_read_seq)
    return summary.last_read_seq if beyond else None


def mark_shown_as_read(request, summary: RoomSummary, shown: Timeline) -> int:
    """Marks the room as read up to the last message shown, and returns the read cursor. A token
    that can only read changes nothing, nor does a request of navigation.js: its page may never be
    shown, and the browser reports what is. So does a page that returns to a place further up."""
    is_news = not shown.newer and shown.last > summary.last_read_seq
    is_reported = is_screen(request) or "scrolled_up" in request.COOKIES  # see shell/places.js
    if not is_news or not can_write(request) or is_reported:
        return summary.last_read_seq
    return memberships.mark_read(request.user, summary.id, shown.last)


@require_safe
@scoped
def message(request: HttpRequest, room_id: int, seq: int) -> JsonResponse:
    """Returns a message as JSON: the page has the HTML only."""
    found = history.with_authors(rooms.get(request.user, room_id)).filter(seq=seq)
    if not (messages := history.fetch(found)):
        raise Forbidden
    return JsonResponse(server_frames.message_data(messages[0]))


@limited("PAGES")  # and CHANGES, by the cost of the body
@require_POST
@scoped
def post(request: HttpRequest, room_id: int) -> HttpResponse:
    """Posts from the composer without JavaScript. If a post is refused, the page keeps the text."""
    body, post_id = request.POST.get("body", ""), client_id(request)
    try:
        limits.charge_request(request, "CHANGES", limits.cost_of(body))
        posting.post(request.user, room_id, post_id, body)
    except Forbidden:
        raise
    except RateLimited as error:
        response = room_page(request, room_id, body, error.detail, 429, post_id)
        response["Retry-After"] = str(error.retry_after)
        return response
    except ChatError as error:
        return room_page(request, room_id, body, error.detail, 422, post_id)
    drafts.save(request.user, room_id, Draft(""))
    return redirect("chat:room", room_id)


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
            return redirect("chat:room", rooms.create(request.user, **form.cleaned_data).pk)
        except Invalid as error:
            form.add_error(error.field, error.detail)
    return render(
        request,
        "chat/new.html",
        {**shell(room_list.summaries(request.user)), "form": form},
        status=422 if form.errors else 200,
    )
