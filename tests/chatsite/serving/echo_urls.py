from django.http import HttpRequest, JsonResponse
from django.urls import path

from chatsite import urls as site
from chatsite.ops.rate_limits import address_of


def echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "meta": {name: value for name, value in request.META.items() if isinstance(value, str)},
            "address": address_of(request),
            "scheme": request.scheme,
            "host": request.get_host(),
        }
    )


urlpatterns = [path("echo/", echo), *site.urlpatterns]
