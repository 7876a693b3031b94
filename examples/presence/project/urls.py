from django.contrib.auth import get_user_model
from django.shortcuts import render
from django.urls import include, path


def home(request):
    return render(request, "home.html", {"members": get_user_model().objects.order_by("username")})


urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("django.contrib.auth.urls")),
]
# The line of presence/README.md:
urlpatterns += [path("", include("presence.urls"))]
