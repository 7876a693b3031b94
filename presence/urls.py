from django.urls import path

from presence import views

app_name = "presence"
urlpatterns = [
    path("online/", views.online, name="online"),
]
