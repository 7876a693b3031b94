from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("chatsite.accounts.urls")),
    path("admin/", admin.site.urls),
]
