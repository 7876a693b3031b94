"""The queues in the admin: tasks by state, and the workers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from .api import task_backends
from .backend import RedisQueueBackend
from .models import Queue
from .redis.client import AWAY, ERRORS
from .stats import chart
from .stats.inspection import STATES, Inspection, QueueState

PAGE = 50
START_MAX_DIGITS = 9
HOUR, DAY = 60, 24 * 60  # minutes
DAY_BAR = 15  # minutes

STATE_LABELS = {
    "waiting": pgettext_lazy("state of a task", "Waiting"),
    "scheduled": pgettext_lazy("state of a task", "Scheduled"),
    "running": pgettext_lazy("state of a task", "Running"),
    "failed": pgettext_lazy("state of a task", "Failed"),
    "done": pgettext_lazy("state of a task", "Done"),
}
STATUS_LABELS = {
    "READY": pgettext_lazy("state of a task", "READY"),
    "RUNNING": pgettext_lazy("state of a task", "RUNNING"),
    "FAILED": pgettext_lazy("state of a task", "FAILED"),
    "SUCCESSFUL": pgettext_lazy("state of a task", "SUCCESSFUL"),
}
# The reason that the scripts in redis/lua/ write; others are texts of exceptions.
REASON_LABELS = {
    "its record is gone or not a hash": gettext_lazy("its record is gone or not a hash"),
}


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Requires the permission to view, or to change for POST. Shows a page during an outage of
    Redis."""

    @wraps(view)
    def checked(self: "QueueAdmin", request: HttpRequest, **kwargs: str) -> HttpResponse:
        allowed = (
            self.has_change_permission if request.method == "POST" else self.has_view_permission
        )
        if not allowed(request):
            raise PermissionDenied
        try:
            return view(self, request, **kwargs)
        except ERRORS as error:
            title, text = _("The queue is not available"), f"{type(error).__name__}: {error}"
            is_away = isinstance(error, AWAY)
            return self.render(request, "outage", title, 503, error=text, is_away=is_away)

    return checked


@admin.register(Queue)
class QueueAdmin(admin.ModelAdmin):
    def get_urls(self) -> list:
        view = self.admin_site.admin_view
        return [
            path("", view(self.overview), name="task_queue_queue_changelist"),
            path("<str:alias>/task/<str:id>/", view(self.task), name="task_queue_task"),
            path("<str:alias>/queue/<path:name>/", view(self.queue), name="task_queue_queue"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @page
    def overview(self, request: HttpRequest) -> HttpResponse:
        found = []
        for alias in task_backends:
            backend = task_backends[alias]
            if isinstance(backend, RedisQueueBackend):
                found.append(_overview(alias, Inspection(backend), backend.broker.time()))
        states = [STATE_LABELS[state] for state in STATES]
        return self.render(request, "overview", _("Task queues"), backends=found, states=states)

    @page
    def queue(self, request: HttpRequest, alias: str, name: str) -> HttpResponse:
        inspection = _inspection(alias)
        if name not in inspection.names():
            raise Http404
        if request.method == "POST":
            return self.empty(request, inspection, alias, name)
        state = request.GET.get("state", "")
        state = state if state in STATES else STATES[0]
        text, start = request.GET.get("q", "").strip(), _whole(request.GET.get("start"))
        found = inspection.find(name, state, text, start, PAGE + 1)
        queue = inspection.queue(name)
        return self.render(
            request, "queue", name, alias=alias, queue=queue, state=state, q=text,
            tasks=found[:PAGE], start=start, states=_states(queue),
            before=max(0, start - PAGE), after=start + PAGE if len(found) > PAGE else None,
        )  # fmt: skip

    @page
    def task(self, request: HttpRequest, alias: str, id: str) -> HttpResponse:
        inspection = _inspection(alias)
        if request.method == "POST":
            return self.change(request, inspection, alias, id)
        task = inspection.snapshot(id)
        if not task.status:
            raise Http404
        state = STATUS_LABELS.get(task.status, task.status)
        return self.render(request, "task", task.name, alias=alias, task=task, state=state)

    def empty(
        self, request: HttpRequest, inspection: Inspection, alias: str, name: str
    ) -> HttpResponse:
        count = inspection.backend.broker.empty(name)
        text = ngettext_lazy(
            "Deleted {count} waiting task of {name}.",
            "Deleted {count} waiting tasks of {name}.",
            count,
        )
        self.log_success(request, name, format_lazy(text, count=count, name=name))
        return self.redirect("queue", alias, name)

    def change(
        self, request: HttpRequest, inspection: Inspection, alias: str, id: str
    ) -> HttpResponse:
        task = inspection.snapshot(id)
        name = request.POST.get("action", "")
        action, done = _action(inspection.backend, name, task.call)
        if action(id):
            self.log_success(request, task.queue, done)
        else:
            messages.error(
                request,
                _("Too late: the task's state has changed, or the same unique task waits."),
            )
        if inspection.snapshot(id).status:
            return self.redirect("task", alias, id)
        return self.redirect("queue", alias, task.queue)

    def redirect(self, page: str, *args: str) -> HttpResponse:
        name, site = f"admin:task_queue_{page}", self.admin_site.name
        return HttpResponseRedirect(reverse(name, args=args, current_app=site))

    def log_success(self, request: HttpRequest, queue: str, text: Promise) -> None:
        """Shows the text in the language of the request, and logs it in English."""
        messages.success(request, str(text))
        with translation.override(None):
            self.log_change(request, Queue(name=queue), str(text))

    def render(
        self, request: HttpRequest, name: str, title: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context |= self.admin_site.each_context(request)
        context |= {
            "title": title,
            "opts": self.opts,
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, f"admin/task_queue/{name}.html", context, status=status)


def _inspection(alias: str) -> Inspection:
    backend = task_backends[alias] if alias in task_backends.settings else None
    if not isinstance(backend, RedisQueueBackend):
        raise Http404
    return Inspection(backend)


def _action(
    backend: RedisQueueBackend, name: str, call: str
) -> tuple[Callable[[str], bool], Promise]:
    """Returns the function of an action, and the message of its success."""
    match name:
        case "requeue":
            action, done = backend.broker.requeue, gettext_lazy("{call} was queued again.")
        case "cancel":
            action, done = backend.cancel, gettext_lazy("{call} was cancelled.")
        case "discard":
            action, done = backend.broker.discard, gettext_lazy("{call} was deleted.")
        case _:
            raise Http404
    return action, format_lazy(done, call=call)


def _states(queue: QueueState) -> list[tuple[str, Promise, int]]:
    """Returns (state, its label, number of tasks) of each state."""
    return [(state, STATE_LABELS[state], depth) for state, depth in queue.depths.items()]


def _overview(alias: str, inspection: Inspection, now: float) -> dict[str, Any]:
    names = inspection.names()
    hour = _bars(inspection, names, HOUR, 1, now)
    day = _bars(inspection, names, DAY, DAY_BAR, now)
    return {
        "alias": alias,
        "queues": [inspection.queue(name) for name in names],
        "workers": inspection.workers(),
        "corrupt": [
            (entry["id"], REASON_LABELS.get(entry["reason"], entry["reason"]))
            for entry in inspection.corrupt()
        ],
        "charts": [
            (_("The last hour, by minute"), hour),
            (_("The last day, by quarter hour"), day),
        ],
    }


def _bars(
    inspection: Inspection, names: list[str], minutes: int, each: int, now: float
) -> list[chart.Bar]:
    """Returns the bars of all queues together."""
    columns = zip(*(inspection.minutes(name, minutes, now) for name in names), strict=True)
    sums = [
        {what: sum(minute[what] for minute in column) for what in ("done", "failed")}
        for column in columns
    ]
    return chart.bars(sums, each, now)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= START_MAX_DIGITS else 0
