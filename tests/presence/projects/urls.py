from django.apps import apps
from django.urls import include, path

urlpatterns = [path("people/", include("presence.urls"))]
if apps.is_installed("django.contrib.admin"):
    from django.contrib import admin

    urlpatterns += [path("admin/", admin.site.urls)]
