from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from chatsite.api import api, unknown_path
from chatsite.jobs import addition_result, queue_addition
from chatsite.ops.health import readyz
from chatsite.ops.metrics import metrics

favicon = RedirectView.as_view(url=lazy(static, str)("chat/icon.svg"))
handler400 = "chatsite.serving.error_pages.bad_request"
handler403 = "chatsite.serving.error_pages.forbidden"
handler404 = "chatsite.serving.error_pages.not_found"
handler500 = "chatsite.serving.error_pages.internal_error"
handler429 = "chatsite.ops.rate_limits.too_many_sign_ins"
urlpatterns = [
    path("api/", RedirectView.as_view(pattern_name="api:openapi-view")),
    path("api/", api.urls),
    path("api/<path:path>", unknown_path),
    path("", include("chat.urls")),
    path("", include("presence.urls")),
    path("", include("chatsite.community.urls")),
    path("accounts/", include("chatsite.accounts.urls")),
    path("admin/", admin.site.urls),
    path("add", queue_addition),
    path("add-result", addition_result),
    path("favicon.ico", favicon),
    path("readyz", readyz),
    path("metrics", metrics),
]
