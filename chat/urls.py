from django.urls import path

from chat.views import drafts, exports, favourites, home, members, rooms

app_name = "chat"
urlpatterns = [
    path("", home.home, name="home"),
    path("sidebar/", home.sidebar_lists, name="sidebar"),
    path("jump/", home.quick_switcher, name="jump"),
    path("people/", home.people_results, name="people"),
    path("people/names/", home.people_names, name="people_names"),
    path("people/profile/", home.profile, name="profile"),
    path("direct/", home.direct, name="direct"),
    path("rooms/new/", rooms.new, name="new_room"),
    path("rooms/favourites/order/", favourites.order, name="order_favourites"),
    path("rooms/<id:room_id>/", rooms.room, name="room"),
    path("rooms/<id:room_id>/opened/", rooms.opened, name="opened"),
    path("rooms/<id:room_id>/messages/", rooms.post, name="post"),
    path("rooms/<id:room_id>/messages/<id:seq>/", rooms.message, name="message"),
    path("rooms/<id:room_id>/draft/", drafts.draft, name="draft"),
    path("rooms/<id:room_id>/favourite/", favourites.mark, name="favourite"),
    path("rooms/<id:room_id>/join/", members.join, name="join"),
    path("rooms/<id:room_id>/leave/", members.leave, name="leave"),
    path("rooms/<id:room_id>/name/", members.rename, name="rename_room"),
    path("rooms/<id:room_id>/archive/", members.archive, name="archive_room"),
    path("rooms/<id:room_id>/restore/", members.restore, name="restore_room"),
    path("rooms/<id:room_id>/delete/", members.delete, name="delete_room"),
    path("rooms/<id:room_id>/export/", exports.start, name="start_export"),
    path("rooms/<id:room_id>/export/<str:task_id>/", exports.progress, name="export"),
    path(
        "rooms/<id:room_id>/export/<str:task_id>/file/",
        exports.download,
        name="export_file",
    ),
    path("rooms/<id:room_id>/names/", members.names, name="names"),
    path("rooms/<id:room_id>/members/", members.members, name="members"),
    path("rooms/<id:room_id>/people/", members.add_people, name="add_people"),
    path(
        "rooms/<id:room_id>/members/<path:user_id>/remove/",
        members.remove,
        name="remove_member",
    ),
]
