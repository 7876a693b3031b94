"""DJANGO_SETTINGS_MODULE=bench.peers.usual.settings granian --interface wsgi
bench.peers.usual.pages:application"""

from django.contrib.auth.decorators import login_required
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

application = get_wsgi_application()

from django.db.models import Count, F, Q  # noqa: E402

from bench.peers.usual.models import Post  # noqa: E402
from chat.models import Membership  # noqa: E402

SHOWN = 50


@login_required
def room(request, room_id):
    memberships = Membership.objects.filter(user=request.user).select_related("room")
    unread = Count("room__messages", filter=Q(room__messages__seq__gt=F("last_read_seq")))
    posts = Post.objects.filter(room_id=room_id).select_related("author").order_by("-pk")
    context = {
        "room": get_object_or_404(memberships, room_id=room_id).room,
        "memberships": memberships.annotate(unread=unread).order_by("room__name"),
        "posts": reversed(posts[:SHOWN]),
    }
    return render(request, "usual/room.html", context)


urlpatterns = [
    path("healthz", lambda request: HttpResponse("ok")),
    path("rooms/<int:room_id>/", room, name="room"),
]
