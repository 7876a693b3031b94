from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from chatsite import urls as site


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A view that fails.")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("A view that suspects something.")


@csrf_exempt
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(len(request.POST) + len(request.FILES))


@csrf_exempt
@require_GET
def get_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("got")


VIEWS = {"fail": fail, "suspicious": suspicious, "form": form, "get-only": get_only}
handler400, handler403 = site.handler400, site.handler403
handler404, handler500 = site.handler404, site.handler500
urlpatterns = [
    *(path(prefix + name, view) for prefix in ("", "api/") for name, view in VIEWS.items()),
    *site.urlpatterns,
]
