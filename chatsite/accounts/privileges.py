"""Protects users with privileges: only a superuser may change them or their credentials. Otherwise
staff could make themselves superusers."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from chatsite.accounts.models import User


def privileged_users() -> QuerySet[User]:
    """Returns staff, superusers, everybody with a permission, and the bots and owners of these."""
    permitted = Q(groups__isnull=False) | Q(user_permissions__isnull=False)
    people = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | permitted).values("pk")
    return User.objects.filter(Q(pk__in=people) | Q(owner__in=people) | Q(bots__in=people))


def manageable_users(request: HttpRequest) -> QuerySet[User]:
    """Returns the users that the request's user may change."""
    if request.user.is_superuser:
        return User.objects.all()
    return User.objects.exclude(pk__in=privileged_users().values("pk"))


class GuardedAdmin(admin.ModelAdmin):
    """An admin of users, or of records that belong to a `user`."""

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return super().has_change_permission(request, obj) and is_manageable(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and is_manageable(request, obj)


def is_manageable(request: HttpRequest, obj) -> bool:
    if obj is None:
        return True
    user = obj if isinstance(obj, User) else obj.user
    return manageable_users(request).filter(pk=user.pk).exists()


class SuperusersAdmin(admin.ModelAdmin):
    """Lets only superusers make changes. Others may view, if they have the permission."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return request.user.is_superuser and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return request.user.is_superuser and super().has_delete_permission(request, obj)
