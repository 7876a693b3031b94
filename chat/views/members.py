"""The pages of a room's members and settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat import users
from chat.exceptions import Forbidden, Invalid
from chat.models import Membership, Room
from chat.rate_limits.limits import limited
from chat.services import (
    archiving,
    memberships,
    people,
    permissions,
    room_deletion,
    room_list,
    rooms,
)
from chat.views import sections
from chat.views.access import scoped, shell
from chat.views.forms import (
    AddPeopleForm,
    DeleteRoomForm,
    GroupNameForm,
    InviteForm,
    RenameForm,
)
from presence.user_status import statuses

MEMBERS_MAX = 200
NAMES_MAX = 8


@limited("MEMBERS")
@require_POST
@scoped
def join(request: HttpRequest, room_id: int) -> HttpResponse:
    return redirect("chat:room", memberships.join(request.user, room_id).pk)


@limited("MEMBERS")
@scoped
def leave(request: HttpRequest, room_id: int) -> HttpResponse:
    """Leaves the room. GET renders a page that asks for confirmation, for rooms that users cannot
    join again without an invitation."""
    if request.method == "POST":
        memberships.leave(request.user, room_id)
        return redirect("chat:home")
    summaries = room_list.summaries(request.user)
    summary = room_list.find(summaries, room_id)
    if summary is None or summary.kind == Room.Kind.DIRECT:
        raise Forbidden
    return render(request, "chat/leave.html", {**shell(summaries, room_id), "summary": summary})


@limited("MEMBERS")
@scoped
def members(request: HttpRequest, room_id: int) -> HttpResponse:
    """Renders the members of a room. POST invites a user."""
    room = rooms.get(request.user, room_id)
    form = InviteForm(request.POST or None)
    if form.is_valid():
        try:
            memberships.invite(request.user, room_id, form.cleaned_data["username"])
            return redirect("chat:members", room_id)
        except Invalid as error:
            form.add_error("username", error.detail)
    return members_page(request, room, invite=form)


@limited("ROOMS")
@require_POST
@scoped
def add_people(request: HttpRequest, room_id: int) -> HttpResponse:
    """Opens a conversation with more people than in this one."""
    form = AddPeopleForm(request.POST)
    if form.is_valid():
        try:
            ids = people.resolve_ids([], form.cleaned_data["usernames"])
            return redirect("chat:room", rooms.add_people(request.user, room_id, ids).pk)
        except (Invalid, Forbidden) as error:
            form.add_error("usernames", error.detail)
    return members_page(request, rooms.get(request.user, room_id), add=form)


@limited("SEARCHES", "GET")
@require_safe
@scoped
def names(request: HttpRequest, room_id: int) -> HttpResponse:
    """Renders the members of a room that a message can mention."""
    room = rooms.get(request.user, room_id)
    found = people.search(request.user, request.GET.get("q", ""), room)
    return render(request, "chat/partials/_mention_list.html", {"people": found[:NAMES_MAX]})


@limited("MEMBERS")
@require_POST
@scoped
def remove(request: HttpRequest, room_id: int, user_id: str) -> HttpResponse:
    memberships.remove(request.user, room_id, users.to_pk(user_id))
    return redirect("chat:members", room_id)


@limited("NAMES")
@require_POST
@scoped
def rename(request: HttpRequest, room_id: int) -> HttpResponse:
    room = rooms.get(request.user, room_id)
    form = rename_form(room, request.POST)
    if form.is_valid():
        try:
            rooms.rename(request.user, room_id, **form.cleaned_data)
            return redirect("chat:members", room_id)
        except Invalid as error:
            form.add_error(error.field, error.detail)
    return members_page(request, room, rename=form)


def rename_form(room: Room, data=None) -> RenameForm | GroupNameForm:
    kind = GroupNameForm if room.kind == Room.Kind.DIRECT else RenameForm
    return kind(data, initial={"name": room.name, "topic": room.topic})


@require_POST
@scoped
def archive(request: HttpRequest, room_id: int) -> HttpResponse:
    archiving.archive(request.user, room_id)
    return redirect("chat:room", room_id)


@require_POST
@scoped
def restore(request: HttpRequest, room_id: int) -> HttpResponse:
    archiving.restore(request.user, room_id)
    return redirect("chat:room", room_id)


@scoped
def delete(request: HttpRequest, room_id: int) -> HttpResponse:
    """Deletes a room, after its name was typed to confirm."""
    room = rooms.get_manageable(request.user, room_id, permissions.DELETE_ROOMS)
    form = DeleteRoomForm(room, request.POST or None)
    if form.is_valid():
        room_deletion.delete(request.user, room_id)
        text = _("The room %(name)s was deleted.") % {"name": room.name}
        messages.success(request, text, fail_silently=True)
        return redirect("chat:home")
    summaries = room_list.summaries(request.user)
    context = {**shell(summaries, room_id), "room": room, "form": form}
    return render(request, "chat/delete_room.html", context, status=422 if form.errors else 200)


def members_page(
    request: HttpRequest,
    room: Room,
    invite: InviteForm | None = None,
    rename: RenameForm | GroupNameForm | None = None,
    add: AddPeopleForm | None = None,
) -> HttpResponse:
    members = Membership.objects.filter(room=room).select_related("user")
    shown = list(members.order_by("-is_owner", f"user__{users.username_field()}")[:MEMBERS_MAX])
    status_by_user = statuses(member.user_id for member in shown)
    summaries = room_list.summaries(request.user)
    invite = invite or InviteForm()
    rename = rename or rename_form(room)
    add = add or AddPeopleForm()
    summary = room_list.find(summaries, room.pk)
    context = {
        **shell(summaries, room.pk),
        "room": room,
        "summary": summary,
        "can_rename": can_manage(request.user, summary, permissions.RENAME_ROOMS),
        "can_delete": can_manage(request.user, summary, permissions.DELETE_ROOMS),
        "can_remove": can_manage(request.user, summary, permissions.REMOVE_MEMBERS),
        "members": [(member, status_by_user[member.user_id]) for member in shown],
        "count": members.count(),
        "invite": invite,
        "rename": rename,
        "add": add,
        "sections": sections.of_room(request, room),
    }
    status = 422 if invite.errors or rename.errors or add.errors else 200
    return render(request, "chat/members.html", context, status=status)


def can_manage(user, summary: room_list.RoomSummary | None, permission: str) -> bool:
    if summary is None or summary.kind == Room.Kind.DIRECT:
        return False
    return summary.is_owner or permissions.has_permission(user, permission)
