from django.urls import path

from chatsite.community import views

urlpatterns = [
    path("accounts/community/", views.edit, name="community"),
    path("community/<slug:content_hash>.png", views.picture, name="community_picture"),
    path("community/<slug:content_hash>.css", views.stylesheet, name="community_style"),
]
