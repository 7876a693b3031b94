"""Rooms, who is in them, and what was said. Changes are told to open sockets as those made on the
pages are, and leave history without gaps."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chat import events, permissions, render, rooms, writer
from chat.exceptions import Invalid
from chat.models import Membership, Message, Room

EXCERPT_CHARACTERS = 80
USERNAME = get_user_model().USERNAME_FIELD


class RoomForm(forms.ModelForm):
    def clean_name(self) -> str:
        room = copy(self.instance)
        room.name = rooms.one_line(self.cleaned_data["name"])
        try:
            rooms.check(room)
        except Invalid as error:
            raise ValidationError(error.detail) from error
        return room.name


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    """Rooms are made on the pages, by whoever shall own them."""

    form = RoomForm
    list_display = ("__str__", "kind", "members", "is_default", "created_by", "created_at")
    list_filter = ("kind", "is_default")
    list_select_related = ("created_by",)
    search_fields = ("name", "topic", f"memberships__user__{USERNAME}")
    fields = ("name", "topic", "is_default", "kind", "members", "head", "created_by", "created_at")
    readonly_fields = ("kind", "members", "head", "created_by", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        return super().get_queryset(request).annotate(people=Count("memberships", distinct=True))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Room | None = None) -> Any:
        """A direct conversation is named after its people."""
        if obj is not None and obj.kind == Room.Kind.DIRECT:
            return ("name", "is_default", *self.readonly_fields)
        return self.readonly_fields

    @admin.display(ordering="people")
    def members(self, room: Any) -> str:
        url = reverse("admin:chat_membership_changelist")
        return format_html('<a href="{}?room__id__exact={}">{}</a>', url, room.pk, room.people)

    def save_model(self, request: HttpRequest, room: Room, form: Any, change: bool) -> None:
        super().save_model(request, room, form, change)
        if "name" in form.changed_data:
            events.renamed(room)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("user", "room", "is_owner", "joined_at")
    list_filter = ("is_owner", "room__kind")
    list_select_related = ("user", "room")
    search_fields = (f"user__{USERNAME}", "room__name")
    autocomplete_fields = ("room", "user")
    fields = ("room", "user", "is_owner")

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup == "room__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return ("room", "user") if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "room":
            kwargs["queryset"] = Room.objects.exclude(kind=Room.Kind.DIRECT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """A direct conversation has a fixed set of people."""
        is_fixed = obj is not None and obj.room.kind == Room.Kind.DIRECT
        return not is_fixed and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if not change:
            obj.pk = rooms.add(obj.room, obj.user).pk
        Membership.objects.filter(pk=obj.pk).update(is_owner=obj.is_owner)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        rooms.end_membership(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset.select_related("room"):
            rooms.end_membership(membership)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """To be read and, where need be, deleted; nobody's words are changed."""

    list_display = ("excerpt", "author", "room", "created_at", "is_edited", "deleted")
    list_filter = ("deleted", "room__kind", "created_at")
    list_select_related = ("author", "room")
    search_fields = ("body", f"author__{USERNAME}")
    show_full_result_count = False
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False  # a row that is gone would be a gap; "moderate" leaves a tombstone

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(permissions.DELETE_MESSAGES)

    @admin.display(description="message")
    def excerpt(self, message: Message) -> str:
        return render.preview(message, EXCERPT_CHARACTERS)

    @admin.display(description="edited", boolean=True)
    def is_edited(self, message: Message) -> bool:
        return message.edited_at is not None

    @admin.action(description="Delete for everybody", permissions=["moderate"])
    def moderate(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Direct conversations are left alone."""
        found = list(queryset.filter(deleted=False).exclude(room__kind=Room.Kind.DIRECT))
        for message in found:
            writer.moderate(message.pk)
            self.log_change(request, message, "Deleted for everybody.")
        messages.success(request, f"{len(found)} deleted for everybody.")
