"""The site with chat and presence under paths of their own."""

from django.urls import include, path

from chatsite import urls

handler404 = urls.handler404
urlpatterns = [
    path("api/", urls.api.urls),
    path("community/", include("chat.urls")),
    path("who/", include("presence.urls")),
    path("members/", include("chatsite.accounts.urls")),
]
