from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from tasks import results
from tasks.api import TaskResultDoesNotExist

from .jobs import export_room


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html")


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    return redirect("result", export_room.enqueue(room_id=3).id)


def result(request: HttpRequest, id: str) -> HttpResponse:
    try:
        found = results.get(id)
    except TaskResultDoesNotExist:
        raise Http404 from None
    return render(request, "page.html", {"result": found})


urlpatterns = [
    path("", home, name="home"),
    path("export/", export, name="export"),
    path("result/<str:id>/", result, name="result"),
]
