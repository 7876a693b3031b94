from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from chatsite.api_docs.operations import operations_by_tag
from chatsite.api_docs.types import types_of


class Page(DocsBase):
    """Takes the place of Swagger UI in Ninja, at the same address."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        schema = api.get_openapi_schema()
        site = request.build_absolute_uri("/").rstrip("/")
        context = {
            "operations_by_tag": operations_by_tag(schema, site),
            "types": types_of(schema),
            "openapi_url": self.get_openapi_url(api, kwargs),
        }
        return render(request, "api_docs/page.html", context)
