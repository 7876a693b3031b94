from django.contrib import admin

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
    list_display = ("user", "seen_at")
    list_filter = ("seen_at",)
    list_select_related = ("user",)
    ordering = ("-seen_at",)


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """The charts are above its list: templates/admin/presence/sample/change_list.html."""

    list_display = ("at", "people", "minutes")
    list_filter = ("at",)
    ordering = ("-at",)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**(extra_context or {}), "charts": charts()})
