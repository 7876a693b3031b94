"""The additions that a client polls, as in the recipe, and the status of a task for the API."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat.rate_limits.limits import limited
from chat.services import task_quota
from tasks import QueueTaskResult, results, task
from tasks.api import TaskResultDoesNotExist, TaskResultStatus
from tasks.exceptions import QueueUnavailable, TaskCorrupt, UnknownTask

SESSION_KEY = "add_result"
ADDITIONS_MAX = 20  # of one user at the same time


@task
def add(a: int, b: int) -> int:
    return a + b


@limited("TASKS", "GET")
@require_GET
@login_required
def queue_addition(request: HttpRequest) -> JsonResponse:
    """GET /add?a=1&b=2: queues an addition, whose id is stored in the session."""
    try:
        a, b = (int(request.GET[name]) for name in ("a", "b"))
        result = task_quota.enqueue(add, request.user, ADDITIONS_MAX, a, b)
    except (KeyError, TypeError, ValueError):
        return JsonResponse({"detail": _("Give two whole numbers: /add?a=1&b=2")}, status=400)
    except QueueUnavailable:
        return JsonResponse({"detail": _("The queue is not available. Try again.")}, status=503)
    request.session[SESSION_KEY] = result.id
    return JsonResponse({"id": result.id, "detail": _("Get the result from /add-result.")})


@require_GET
@login_required
def addition_result(request: HttpRequest) -> JsonResponse:
    """GET /add-result: {"ready": false}, then once {"ready": true, "result": 3}. A failure is
    reported once, with a result of null."""
    result = _result(request.session.get(SESSION_KEY, ""))
    if result is None or not result.is_finished:
        return JsonResponse({"ready": False})
    del request.session[SESSION_KEY]
    if result.status == TaskResultStatus.SUCCESSFUL:
        return JsonResponse({"ready": True, "result": result.return_value})
    return JsonResponse({"ready": True, "result": None, "detail": _("The addition failed.")})


def status_for(user: Any, task_id: str) -> dict[str, Any] | None:
    """The response of GET /api/tasks/<id> to the user who queued the task: {"id", "status",
    "progress", "result"}. None for other users, and if the task does not exist."""
    result = _result(task_id)
    if result is None or not result.owner or result.owner != str(user.pk):
        return None
    done = result.status == TaskResultStatus.SUCCESSFUL
    return {
        "id": result.id,
        "status": str(result.status),
        "progress": result.progress,
        "result": result.return_value if done else None,
    }


def _result(id: str) -> QueueTaskResult | None:
    try:
        return results.get(id)
    except (TaskResultDoesNotExist, TaskCorrupt, UnknownTask, QueueUnavailable):
        return None
