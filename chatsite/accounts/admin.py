"""People, their sessions and tokens. No page shows a password's or token's hash, a session's key or
the secret of a second step."""

import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 -- both register what is registered anew below
from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.urls import reverse
from django.utils.html import format_html

import presence
from chatsite.accounts import devices, signals
from chatsite.accounts.models import Token, User
from presence import history

SECRETS = ("digest", "session_key", "data")
PERMISSIONS = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")

admin.site.site_header = admin.site.site_title = settings.SITE_NAME
# By the site's own page: its limits on failures and its second step hold for staff too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister([Authenticator, UserSession])


class People(ChangeList):
    def get_results(self, request) -> None:
        """Who of this page is online, and since when not, in one question each."""
        super().get_results(request)
        ids = [person.pk for person in self.result_list]
        online, seen = presence.is_online(ids), history.last_seen(ids)
        for person in self.result_list:
            person.online, person.seen_at = person.pk in online, seen.get(person.pk)


class NewPersonForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


@admin.register(User)
class PersonAdmin(UserAdmin):
    add_form = NewPersonForm
    list_display = ("username", "name", "is_online", "seen", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "name", "email")
    actions = ("sign_out_everywhere",)
    readonly_fields = ("password_link", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "name", "email", "password_link")}),
        ("May", {"fields": PERMISSIONS}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )

    def get_changelist(self, request, **kwargs) -> type[ChangeList]:
        return People

    @admin.display(description="online", boolean=True)
    def is_online(self, person) -> bool:
        return person.online

    @admin.display(description="last seen")
    def seen(self, person):
        return person.seen_at

    @admin.display(description="password")
    def password_link(self, person: User) -> str:
        url = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('<a class="button" href="{}">Set a new password</a>', url)

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out_everywhere(self, request, people) -> None:
        for person in people:
            signals.sign_out(person)
        messages.success(request, f"{len(people)} signed out everywhere.")


class ReadOnlyAdmin(admin.ModelAdmin):
    def lookup_allowed(self, lookup, value, request=None) -> bool:
        """Filters in the address could find a secret out letter by letter."""
        return not lookup.startswith(SECRETS) and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(UserSession)
class DeviceAdmin(ReadOnlyAdmin):
    list_display = ("user", "device", "ip", "created_at", "last_seen_at", "expires")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__name", "ip")
    fields = ("user", "device", "ip", "user_agent", "created_at", "last_seen_at", "expires")
    readonly_fields = ("device", "expires")
    actions = ("sign_out",)

    def get_queryset(self, request):
        return devices.live()

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # "Sign out" ends the session too

    def has_sign_out_permission(self, request) -> bool:
        return request.user.has_perm("usersessions.delete_usersession")

    @admin.display(description="device")
    def device(self, session: UserSession) -> str:
        return devices.described(session)

    @admin.display(description="expires", ordering="expires")
    def expires(self, session):
        return session.expires

    @admin.action(description="Sign out", permissions=["sign_out"])
    def sign_out(self, request, sessions) -> None:
        count = sessions.count()
        devices.end(sessions)
        messages.success(request, f"{count} signed out.")


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "scope", "start", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    list_filter = ("scope",)
    search_fields = ("name", "user__username", "prefix")
    fields = list_display

    @admin.display(description="starts with")
    def start(self, token: Token) -> str:
        return f"{token.prefix}…"


@admin.register(Authenticator)
class SecondStepAdmin(ReadOnlyAdmin):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__username",)
    fields = list_display
