"""The admin of rooms, memberships and messages.

Open sockets are notified of changes in the admin just as of changes on the pages, and history keeps
no gaps.
"""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as render_page
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from chat import admin_access
from chat.events import events
from chat.exceptions import Invalid
from chat.models import Membership, Message, Room
from chat.rendering import message_html
from chat.services import archiving, editing, memberships, permissions, room_deletion, rooms

LISTED_MAX = 10_000  # messages
EXCERPT_CHARACTERS = 80
JOINABLE_HELP = _(
    "Private rooms are listed only if you are a member of them, or gave a reason to read them."
)
USERNAME = get_user_model().USERNAME_FIELD


class RoomForm(forms.ModelForm):
    def clean_name(self) -> str:
        room = copy(self.instance)
        room.name = self.cleaned_data["name"]
        try:
            rooms.check(room)
        except Invalid as error:
            raise ValidationError(error.detail) from error
        return room.name


class LatestPaginator(Paginator):
    """Lists the latest LISTED_MAX rows, since counting a million rows takes longer than the rest of
    the page. Earlier rows are found by a search or by their date."""

    @cached_property
    def count(self) -> int:
        found: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return found.order_by()[:LISTED_MAX].count()


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    """Rooms are created on the pages, by the users who will own them."""

    form = RoomForm
    list_display = (
        "__str__", "kind", "members", "is_default", "created_by", "created_at", "archived_at",
    )  # fmt: skip
    list_filter = ("kind", "is_default", ("archived_at", admin.EmptyFieldListFilter))
    actions = ("archive", "restore")
    list_select_related = ("created_by",)
    search_fields = ("name", "topic", f"memberships__user__{USERNAME}")
    readonly_fields = ("kind", "members", "messages_link", "head", "created_by", "created_at")
    fields = ("name", "topic", "is_default", *readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        existing = super().get_queryset(request).filter(deleted_at=None)
        # A subquery counts for the rows of one page only; a join would read all memberships.
        members = Membership.objects.filter(room=OuterRef("pk")).order_by().values("room")
        count = members.annotate(count=Count("pk")).values("count")
        return existing.annotate(member_count=Coalesce(Subquery(count), 0))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """Refuses to delete a direct conversation, which belongs to its members."""
        is_direct = obj is not None and obj.kind == Room.Kind.DIRECT
        return not is_direct and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Lists the rooms only, since a user who may delete a room may delete its messages too."""
        denied = {obj for obj in objs if not self.has_delete_permission(request, obj)}
        return (
            [str(obj) for obj in objs],
            {self.opts.verbose_name_plural: len(objs)},
            {str(obj) for obj in denied},
            [],
        )

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        room_deletion.mark_deleted(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        for room in queryset.exclude(kind=Room.Kind.DIRECT):
            room_deletion.mark_deleted(room)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        self._set_archived(request, queryset, True)

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        self._set_archived(request, queryset, False)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.read_messages)
        return [path("<id:room_id>/read/", view, name="chat_room_read"), *super().get_urls()]

    def read_messages(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """Gives a superuser access to a private room or a direct conversation. The reason that they
        enter is logged."""
        if not request.user.is_superuser:
            raise PermissionDenied
        room = get_object_or_404(self.get_queryset(request), pk=room_id)
        form = admin_access.ReasonForm(request.POST or None)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            self.log_change(request, room, f"Opened its messages to read them. Reason: {reason}")
            admin_access.grant(request, room)
            return redirect(messages_url(room))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Read the messages of %(room)s") % {"room": room},
            "opts": self.opts,
            "original": room,
            "form": form,
        }
        return render_page(request, "admin/chat/room/read.html", context)

    @admin.display(description=_("messages"))
    def messages_link(self, room: Room) -> str:
        if room.kind == Room.Kind.PUBLIC:
            return format_html('<a href="{}">{}</a>', messages_url(room), pgettext("link", "Read"))
        url = reverse("admin:chat_room_read", args=[room.pk])
        html = gettext('<a href="{url}">Read, with a reason</a> (superusers only)')
        return format_html(html, url=url)

    def _set_archived(self, request: HttpRequest, queryset: QuerySet[Room], value: bool) -> None:
        for room in queryset.exclude(kind=Room.Kind.DIRECT):
            archiving.set_archived(room, value)
            self.log_change(request, room, "Archived." if value else "Restored.")

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> Any:
        """Makes the name of a direct conversation read-only: it consists of its members' names."""
        if obj is not None and obj.kind == Room.Kind.DIRECT:
            return ("name", "is_default", *self.readonly_fields)
        return self.readonly_fields

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, room: Any) -> str:
        url = reverse("admin:chat_membership_changelist")
        return format_html(
            '<a href="{}?room__id__exact={}">{}</a>', url, room.pk, room.member_count
        )

    def save_model(self, request: HttpRequest, room: Room, form: Any, change: bool) -> None:
        super().save_model(request, room, form, change)
        if "name" in form.changed_data:
            events.renamed(room)


def messages_url(room: Room) -> str:
    return f"{reverse('admin:chat_message_changelist')}?room__id__exact={room.pk}"


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "room", "is_owner", "joined_at")
    list_filter = ("is_owner", "room__kind")
    list_select_related = ("user", "room")
    search_fields = (f"user__{USERNAME}", "room__name")
    autocomplete_fields = ("room", "user")
    fields = ("room", "user", "is_owner")
    lookups = {"room__id__exact", "room__kind__exact", "is_owner__exact"}

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Allows `lookups` only. Other lookups could reveal a draft letter by letter, or how far a
        user has read."""
        return lookup in self.lookups

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return ("room", "user") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "room":
            kwargs["queryset"] = admin_access.joinable_rooms(request)
            kwargs["help_text"] = JOINABLE_HELP
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Refuses to remove anybody from a direct conversation: its members are fixed."""
        is_fixed = obj is not None and obj.room.kind == Room.Kind.DIRECT
        return not is_fixed and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if not change:
            obj.pk = memberships.add(obj.room, obj.user).pk
        Membership.objects.filter(pk=obj.pk).update(is_owner=obj.is_owner)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        memberships.end(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("room"):
            memberships.end(membership)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """Messages can be read and deleted in the admin, but not changed."""

    list_display = ("excerpt", "author", "room", "created_at", "is_edited", "deleted")
    list_filter = ("deleted", "room__kind", "created_at")
    list_select_related = ("author", "room")
    search_fields = ("body", f"author__{USERNAME}")
    show_full_result_count = False
    paginator = LatestPaginator
    ordering = ("-pk",)
    actions = ("moderate",)
    fields = readonly_fields = (
        "room",
        "author",
        "body",
        "reply_to",
        "reactions",
        "created_at",
        "edited_at",
        "deleted",
        "seq",
        "version",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return admin_access.readable_messages(request, super().get_queryset(request))

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "room__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False  # it would leave a gap in history; "moderate" leaves a tombstone

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(permissions.DELETE_MESSAGES)

    @admin.display(description=_("message"))
    def excerpt(self, message: Message) -> str:
        return message_html.preview(message, EXCERPT_CHARACTERS, message_html.current_words())

    @admin.display(description=_("edited"), boolean=True)
    def is_edited(self, message: Message) -> bool:
        return message.edited_at is not None

    @admin.action(description=_("Delete for everybody"), permissions=["moderate"])
    def moderate(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Deletes the messages for everybody, except those in direct conversations."""
        found = list(queryset.filter(deleted=False).exclude(room__kind=Room.Kind.DIRECT))
        for message in found:
            editing.force_delete(message.pk)
            self.log_change(request, message, "Deleted for everybody.")
        text = ngettext(
            "%(count)d deleted for everybody.", "%(count)d deleted for everybody.", len(found)
        )
        messages.success(request, text % {"count": len(found)})
