from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from presence.chart import charts
from presence.models import LastSeen, Sample


class ReadOnlyAdmin(admin.ModelAdmin):
    """An admin of tables that only presence writes."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(LastSeen)
class LastSeenAdmin(ReadOnlyAdmin):
    list_display = ("name", "seen_at")
    list_filter = ("seen_at",)
    ordering = ("-seen_at",)
    fields = ("name", "seen_at")
    readonly_fields = fields

    def get_queryset(self, request) -> QuerySet[LastSeen]:
        """Reads the users in a query of its own, as they may be in another database."""
        return super().get_queryset(request).prefetch_related("user")

    @admin.display(description=_("user"), ordering="user_id")
    def name(self, row: LastSeen) -> str:
        try:
            return row.user.get_username()
        except ObjectDoesNotExist:  # deleted in another way than by Django
            return str(row.user_id)


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """The charts are above its list: templates/admin/presence/sample/change_list.html."""

    list_display = ("at", "people", "minutes")
    list_filter = ("at",)
    ordering = ("-at",)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**(extra_context or {}), "charts": charts()})
