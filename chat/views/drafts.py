"""Saves drafts for the composer."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from chat.rate_limits.limits import limited
from chat.services import drafts
from chat.services.drafts import Draft
from chat.views.access import number, scoped


@limited("DRAFTS")
@require_POST
@scoped
def draft(request: HttpRequest, room_id: int) -> HttpResponse:
    """Returns the stored draft, which may be later than the posted one."""
    typed = Draft(
        request.POST.get("body", ""),
        number(request, "reply_seq", "POST"),
        number(request, "at", "POST") or 0,
    )
    return JsonResponse(drafts.as_dict(drafts.save(request.user, room_id, typed)))
