from django.urls import path

from presence import views

urlpatterns = [
    path("online/", views.online, name="online"),
]
