"""The pages of an export: start, progress and download."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.rate_limits.limits import limited
from chat.services import exports, room_list, rooms
from chat.storage import private_storage
from chat.views.access import scoped, shell
from tasks.api import TaskResultDoesNotExist, TaskResultStatus
from tasks.exceptions import QueueUnavailable, TaskCorrupt, UnknownTask


def exporting(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (TaskResultDoesNotExist, TaskCorrupt, UnknownTask, FileNotFoundError) as error:
            raise Http404 from error
        except QueueUnavailable:
            text = _("Exports are not available at the moment. Try again soon.")
            messages.error(request, text, fail_silently=True)
            return redirect("chat:members", kwargs["room_id"])

    return scoped(wrapped)


@limited("TASKS")
@require_POST
@exporting
def start(request: HttpRequest, room_id: int) -> HttpResponse:
    room = rooms.get(request.user, room_id)
    summaries = room_list.summaries(request.user)
    title = next((summary.name for summary in summaries if summary.id == room.pk), room.name)
    return redirect("chat:export", room.pk, exports.start(request.user, room, title).id)


@require_safe
@exporting
def progress(request: HttpRequest, room_id: int, task_id: str) -> HttpResponse:
    room = rooms.get(request.user, room_id)
    result = exports.find(request.user, room, task_id)
    context = {"room": room, "result": result, "title": result.args[1]}
    if "HX-Request" in request.headers:
        return render(request, "chat/partials/_export_progress.html", context)
    summaries = shell(room_list.summaries(request.user), room.pk)
    return render(request, "chat/export.html", {**context, **summaries})


@require_safe
@exporting
def download(request: HttpRequest, room_id: int, task_id: str) -> FileResponse:
    room = rooms.get(request.user, room_id)
    result = exports.find(request.user, room, task_id)
    if result.status != TaskResultStatus.SUCCESSFUL:
        raise Http404
    name = f"{slugify(result.args[1]) or 'room'}.json"
    file = private_storage().open(exports.path_of(result))
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/json")
