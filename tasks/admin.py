"""The queues in the admin: tasks by state, and the workers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from .api import task_backends
from .backend import RedisQueueBackend
from .models import Queue
from .redis.client import ERRORS, describe_error
from .stats import chart
from .stats.inspection import STATES, Inspection

PAGE = 50
START_MAX_DIGITS = 9
HOUR, DAY = 60, 24 * 60  # minutes
DAY_BAR = 15  # minutes


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
            title, error_text = "The queue is not available", describe_error(error)
            return self.render(request, "outage", title, 503, error=error_text)

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
        return self.render(request, "overview", "Task queues", backends=found, states=STATES)

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
        return self.render(
            request, "queue", name, alias=alias, queue=inspection.queue(name), state=state, q=text,
            tasks=found[:PAGE], start=start, states=STATES,
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
        return self.render(request, "task", task.name, alias=alias, task=task)

    def empty(
        self, request: HttpRequest, inspection: Inspection, alias: str, name: str
    ) -> HttpResponse:
        count = inspection.backend.broker.empty(name)
        self.log_success(request, name, f"Deleted {count} waiting tasks of {name}.")
        return self.redirect("queue", alias, name)

    def change(
        self, request: HttpRequest, inspection: Inspection, alias: str, id: str
    ) -> HttpResponse:
        task = inspection.snapshot(id)
        action, done = _action(inspection.backend, request.POST.get("action", ""))
        if action(id):
            self.log_success(request, task.queue, f"{task.call} {done}.")
        else:
            messages.error(
                request,
                "Too late: the task's state has changed, or the same unique task waits.",
            )
        if inspection.snapshot(id).status:
            return self.redirect("task", alias, id)
        return self.redirect("queue", alias, task.queue)

    def redirect(self, page: str, *args: str) -> HttpResponse:
        name, site = f"admin:task_queue_{page}", self.admin_site.name
        return HttpResponseRedirect(reverse(name, args=args, current_app=site))

    def log_success(self, request: HttpRequest, queue: str, text: str) -> None:
        messages.success(request, text)
        self.log_change(request, Queue(name=queue), text)

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


def _action(backend: RedisQueueBackend, name: str) -> tuple[Callable[[str], bool], str]:
    actions: dict[str, tuple[Callable[[str], bool], str]] = {
        "requeue": (backend.broker.requeue, "was queued again"),
        "cancel": (backend.cancel, "was cancelled"),
        "discard": (backend.broker.discard, "was deleted"),
    }
    if name not in actions:
        raise Http404
    return actions[name]


def _overview(alias: str, inspection: Inspection, now: float) -> dict[str, Any]:
    names = inspection.names()
    hour = _bars(inspection, names, HOUR, 1, now)
    day = _bars(inspection, names, DAY, DAY_BAR, now)
    return {
        "alias": alias,
        "queues": [inspection.queue(name) for name in names],
        "workers": inspection.workers(),
        "corrupt": inspection.corrupt(),
        "charts": [("The last hour, by minute", hour), ("The last day, by quarter hour", day)],
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
