from django.urls import path

from chat import draft_views, export_views, member_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sidebar/", views.sidebar_lists, name="sidebar"),
    path("jump/", views.jump, name="jump"),
    path("people/", views.people_found, name="people"),
    path("direct/", views.direct, name="direct"),
    path("rooms/new/", views.new, name="new_room"),
    path("rooms/<id:room_id>/", views.room, name="room"),
    path("rooms/<id:room_id>/messages/", views.post, name="post"),
    path("rooms/<id:room_id>/draft/", draft_views.draft, name="draft"),
    path("rooms/<id:room_id>/join/", member_views.join, name="join"),
    path("rooms/<id:room_id>/leave/", member_views.leave, name="leave"),
    path("rooms/<id:room_id>/name/", member_views.rename, name="rename_room"),
    path("rooms/<id:room_id>/archive/", member_views.archive, name="archive_room"),
    path("rooms/<id:room_id>/restore/", member_views.restore, name="restore_room"),
    path("rooms/<id:room_id>/delete/", member_views.delete, name="delete_room"),
    path("rooms/<id:room_id>/export/", export_views.start, name="start_export"),
    path("rooms/<id:room_id>/export/<str:task_id>/", export_views.progress, name="export"),
    path(
        "rooms/<id:room_id>/export/<str:task_id>/file/",
        export_views.download,
        name="export_file",
    ),
    path("rooms/<id:room_id>/names/", member_views.names, name="names"),
    path("rooms/<id:room_id>/members/", member_views.members, name="members"),
    path(
        "rooms/<id:room_id>/members/<id:user_id>/remove/",
        member_views.remove,
        name="remove_member",
    ),
]
