from django.contrib import admin
from django.urls import include, path
from ninja import NinjaAPI
from ninja.security import django_auth

from chat.api import mount

api = NinjaAPI(auth=django_auth)
mount(api)
urlpatterns = [
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("", include("chat.urls")),
    path("", include("presence.urls")),
]
