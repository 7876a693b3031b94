"""People, their sessions and tokens. No page shows a password's or token's hash, a session's key or
the secret of a second step."""

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 -- registers what is registered again below
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    SetUnusablePasswordMixin,
)
from django.contrib.auth.models import Group
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

import presence
from chatsite.accounts import access, deletion, devices
from chatsite.accounts.models import Token, User
from chatsite.accounts.permission_names import PermissionsAdmin
from chatsite.accounts.privileges import GuardedAdmin, SuperusersAdmin, manageable_users
from chatsite.accounts.security_mails import notify
from presence import history

SECRETS = ("digest", "session_key", "data")
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")
# As in Django, which does not translate the warning. A script of the admin finds it by its id.
USABLE_HELP_HTML = """{}
<ul id="id_unusable_warning" class="messagelist"><li class="warning">{}</li></ul>"""

admin.site.unregister([Authenticator, EmailAddress, Group, UserSession])


class UserChangeList(ChangeList):
    def get_results(self, request) -> None:
        """Adds who is online and when each user was last seen, with one query each."""
        super().get_results(request)
        ids = [person.pk for person in self.result_list]
        online, seen = presence.is_online(ids), history.last_seen(ids)
        for person in self.result_list:
            person.online, person.seen_at = person.pk in online, seen.get(person.pk)


class NewPersonForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "is_bot")

    def clean_usable_password(self) -> str:
        return "false" if self.cleaned_data["is_bot"] else self.cleaned_data["usable_password"]


class AdminPasswordForm(AdminPasswordChangeForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("usable_password"):
            field.help_text = format_html(
                USABLE_HELP_HTML,
                SetUnusablePasswordMixin.usable_password_help_text,
                _("If disabled, the current password for this user will be lost."),
            )

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        notify(user, "password_set_by_admin")
        return user


@admin.register(User)
class PersonAdmin(GuardedAdmin, PermissionsAdmin, UserAdmin):
    add_form = NewPersonForm
    change_password_form = AdminPasswordForm
    add_fieldsets = (
        (None, {"fields": ("username", "is_bot", "usable_password", "password1", "password2")}),
    )
    list_display = ("username", "name", "is_online", "seen", "is_active", "is_staff", "is_bot")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_bot", "groups")
    search_fields = ("username", "name", "email")
    actions = ("sign_out_everywhere",)
    readonly_fields = ("owner", "password_link", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "name", "email", "is_bot", "owner", "password_link")}),
        (_("Permissions"), {"fields": ("is_active", *PRIVILEGES)}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_readonly_fields(self, request, obj=None) -> tuple[str, ...]:
        if obj is None or request.user.is_superuser:
            return self.readonly_fields
        # A new token of a person who became a bot would give access to that person's account.
        return (*self.readonly_fields, *PRIVILEGES, "is_bot")

    def get_changelist(self, request, **kwargs) -> type[ChangeList]:
        return UserChangeList

    def get_deleted_objects(self, objs, request):
        """Returns what is deleted with the users. Their personal data needs no separate
        permission."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        if not deletion.superuser_remains(objs):
            protected = [*protected, gettext("the last superuser of the site")]
        return listed, counts, needed & {User._meta.verbose_name}, protected

    def delete_model(self, request, obj) -> None:
        deletion.delete(obj)

    def delete_queryset(self, request, queryset) -> None:
        for user in queryset:
            deletion.delete(user)

    @admin.display(description=_("online"), boolean=True)
    def is_online(self, person) -> bool:
        return person.online

    @admin.display(description=_("last seen"))
    def seen(self, person):
        return person.seen_at

    @admin.display(description=_("password"))
    def password_link(self, person: User) -> str:
        if person.is_bot:
            return gettext("None: a bot signs in with a token.")
        url = reverse("admin:auth_user_password_change", args=[person.pk])
        text = gettext("Set a new password")
        return format_html('<a class="button" href="{}">{}</a>', url, text)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def sign_out_everywhere(self, request, people) -> None:
        allowed = people.filter(pk__in=manageable_users(request).values("pk"))
        for person in allowed:
            access.sign_out(person)
        done = gettext("Signed out everywhere: %(count)s.") % {"count": len(allowed)}
        report_result(request, done, len(people) - len(allowed))


def report_result(request, done: str, refused: int) -> None:
    messages.success(request, done)
    if refused:
        text = gettext("Not changed: %(count)s. Only a superuser may change users with privileges.")
        messages.warning(request, text % {"count": refused})


class ReadOnlyAdmin(GuardedAdmin):
    def lookup_allowed(self, lookup, value, request=None) -> bool:
        """Refuses filters on secrets: a filter in the address could guess one letter by letter."""
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
        return devices.unexpired()

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # "Sign out" ends the session too

    def has_sign_out_permission(self, request) -> bool:
        return request.user.has_perm("usersessions.delete_usersession")

    @admin.display(description=_("device"))
    def device(self, session: UserSession) -> str:
        return devices.name_of(session)

    @admin.display(description=_("expires"), ordering="expires")
    def expires(self, session):
        return session.expires

    @admin.action(description=_("Sign out"), permissions=["sign_out"])
    def sign_out(self, request, sessions) -> None:
        allowed = sessions.filter(user__in=manageable_users(request).values("pk"))
        count, refused = allowed.count(), sessions.count() - allowed.count()
        devices.sign_out(allowed)
        report_result(request, gettext("Signed out: %(count)s.") % {"count": count}, refused)


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    """Tokens. People create their own on the page Devices; staff create those of bots here."""

    list_display = ("name", "user", "scope", "start", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    list_filter = ("scope",)
    search_fields = ("name", "user__username", "prefix")

    def get_fields(self, request, obj=None):
        return self.list_display if obj else ("user", "name", "scope", "expires_at")

    def get_changeform_initial_data(self, request):
        return {"scope": Token.Scope.WRITE, **super().get_changeform_initial_data(request)}

    def has_add_permission(self, request) -> bool:
        return request.user.has_perm("accounts.add_token")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Offers only bots without an owner: an owner creates the tokens of their own bots."""
        bots = manageable_users(request).filter(is_bot=True, owner=None)
        return super().formfield_for_foreignkey(db_field, request, queryset=bots, **kwargs)

    def save_model(self, request, obj, form, change) -> None:
        obj.secret = obj.make_secret()
        obj.save()

    def response_add(self, request, obj, post_url_continue=None):
        """Shows the secret in this response: a redirect would have to store it somewhere."""
        context = {**self.admin_site.each_context(request), "token": obj, "opts": self.opts}
        response = render(request, "admin/accounts/token/created.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.display(description=_("starts with"))
    def start(self, token: Token) -> str:
        return f"{token.prefix}…"


@admin.register(Authenticator)
class TwoFactorAdmin(ReadOnlyAdmin):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__username",)
    fields = list_display

    def delete_model(self, request, obj) -> None:
        super().delete_model(request, obj)
        notify(obj.user, "second_step_removed", authenticator=obj)

    def delete_queryset(self, request, queryset) -> None:
        for authenticator in queryset:
            self.delete_model(request, authenticator)


@admin.register(EmailAddress)
class AddressAdmin(ReadOnlyAdmin):
    """Email addresses, read-only: only their owners can confirm them, by email."""

    list_display = ("email", "user", "verified", "primary")
    list_select_related = ("user",)
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__username")
    fields = list_display


@admin.register(Group)
class GroupsAdmin(SuperusersAdmin, PermissionsAdmin, GroupAdmin):
    """Groups, for superusers only: staff could otherwise give their own group every permission."""
