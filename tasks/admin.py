"""The queues in the admin: what waits, runs, failed and is done, and who works."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from tasks.api import task_backends
from tasks.backend import RedisQueueBackend
from tasks.models import Queue
from tasks.redis.outage import ERRORS, described
from tasks.stats import chart
from tasks.stats.inspection import STATES, Inspection

PAGE = 50
START_MAX_DIGITS = 9
HOUR, DAY = 60, 24 * 60  # minutes
DAY_BAR = 15  # minutes


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """To who may view; changes by POST to who may change. Says so where Redis does not answer."""

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
            title, status = "The queue is not available", 503
            return self.render(request, "outage", title, error=described(error), status=status)

    return checked


@admin.register(Queue)
class QueueAdmin(admin.ModelAdmin):
    def get_urls(self) -> list:
        view = self.admin_site.admin_view
        return [
            path("", view(self.overview), name="tasks_queue_changelist"),
            path("<str:alias>/task/<str:id>/", view(self.task), name="tasks_task"),
            path("<str:alias>/queue/<path:name>/", view(self.queue), name="tasks_queue"),
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
                found.append(_overview(alias, Inspection(backend), backend.queue.time()))
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
        records = inspection.find(name, state, text, start, PAGE + 1)
        return self.render(
            request, "queue", name, alias=alias, queue=inspection.queue(name), state=state, q=text,
            records=records[:PAGE], start=start, states=STATES,
            before=max(0, start - PAGE), after=start + PAGE if len(records) > PAGE else None,
        )  # fmt: skip

    @page
    def task(self, request: HttpRequest, alias: str, id: str) -> HttpResponse:
        inspection = _inspection(alias)
        if request.method == "POST":
            return self.act(request, inspection, alias, id)
        record = inspection.record(id)
        if not record.status:
            raise Http404
        return self.render(request, "task", record.name, alias=alias, record=record)

    def empty(
        self, request: HttpRequest, inspection: Inspection, alias: str, name: str
    ) -> HttpResponse:
        count = inspection.backend.queue.empty(name)
        self.say(request, name, f"{count} waiting tasks of {name} are forgotten.")
        return HttpResponseRedirect(reverse("admin:tasks_queue", args=[alias, name]))

    def act(
        self, request: HttpRequest, inspection: Inspection, alias: str, id: str
    ) -> HttpResponse:
        record, backend = inspection.record(id), inspection.backend
        actions: dict[str, tuple[Callable[[str], bool], str]] = {
            "again": (backend.queue.again, "is queued again"),
            "cancel": (backend.cancel, "is cancelled"),
            "discard": (backend.queue.discard, "is forgotten"),
        }
        action, said = actions.get(request.POST.get("action", ""), (None, ""))
        if action is None:
            raise Http404
        if not action(id):
            messages.error(request, "Too late: it is in another state by now, or its like waits.")
        else:
            self.say(request, record.queue, f"{record.call} {said}.")
        gone = not inspection.record(id).status
        where = (
            ("admin:tasks_queue", [alias, record.queue])
            if gone
            else ("admin:tasks_task", [alias, id])
        )
        return HttpResponseRedirect(reverse(where[0], args=where[1]))

    def say(self, request: HttpRequest, queue: str, text: str) -> None:
        messages.success(request, text)
        self.log_change(request, Queue(name=queue), text)

    def render(
        self, request: HttpRequest, name: str, title: str, status: int = 200, **context: Any
    ) -> HttpResponse:
        context |= self.admin_site.each_context(request)
        context |= {
            "title": title,
            "opts": self.opts,
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, f"admin/tasks/{name}.html", context, status=status)


def _inspection(alias: str) -> Inspection:
    backend = task_backends[alias] if alias in task_backends.settings else None
    if not isinstance(backend, RedisQueueBackend):
        raise Http404
    return Inspection(backend)


def _overview(alias: str, inspection: Inspection, now: float) -> dict[str, Any]:
    names = inspection.names()
    return {
        "alias": alias,
        "queues": [inspection.queue(name) for name in names],
        "workers": inspection.workers(),
        "damaged": inspection.damaged(),
        "charts": [
            ("The last hour, by the minute", _bars(inspection, names, HOUR, 1, now)),
            (
                "The last day, by the quarter of an hour",
                _bars(inspection, names, DAY, DAY_BAR, now),
            ),
        ],
    }


def _bars(
    inspection: Inspection, names: list[str], minutes: int, each: int, now: float
) -> list[chart.Bar]:
    """Of all queues together."""
    columns = zip(*(inspection.minutes(name, minutes, now) for name in names), strict=True)
    sums = [
        {what: sum(minute[what] for minute in column) for what in ("done", "failed")}
        for column in columns
    ]
    return chart.bars(sums, each, now)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= START_MAX_DIGITS else 0
