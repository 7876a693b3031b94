from django.contrib import admin
from django.urls import include, path

from chatsite.health import readyz
from chatsite.metrics import metrics

urlpatterns = [
    path("accounts/", include("chatsite.accounts.urls")),
    path("admin/", admin.site.urls),
    path("readyz", readyz),
    path("metrics", metrics),
]
