from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

import presence
from presence.chart import charts
from presence.middleware import appears_offline
from presence.user_status import statuses

PEOPLE_PER_PAGE = 100


@require_safe
@login_required
def online(request) -> HttpResponse:
    """Shows who is online, the latest active first."""
    hidden = appears_offline(request.user)
    if not hidden:
        # The viewer is in the list too; with an async handler the middleware would mark them later.
        presence.mark_online(request.user.pk)
    seen = presence.last_activities(presence.online_user_ids())
    order = sorted(seen, key=lambda user_id: (seen[user_id], user_id), reverse=True)
    page = Paginator(order, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    found = get_user_model()._default_manager.in_bulk(list(page))
    people = {pk: person for pk, person in found.items() if getattr(person, "is_active", True)}
    status_of = statuses(page)
    context = {
        "user": request.user,  # without the context processor of django.contrib.auth too
        "page": page,
        "hidden": hidden,
        "people": [(people[user_id], status_of[user_id]) for user_id in page if user_id in people],
        "charts": charts() if getattr(request.user, "is_staff", False) else [],
    }
    return render(request, "presence/online.html", context)
