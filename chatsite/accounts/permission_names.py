"""Permissions in the reader's language: Django stores their names in English."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission
from django.forms import ModelMultipleChoiceField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "add": _("Can add"),
    "change": _("Can change"),
    "delete": _("Can delete"),
    "view": _("Can view"),
}


class PermissionsField(ModelMultipleChoiceField):
    def label_from_instance(self, obj: Permission) -> str:
        return f"{obj.content_type} | {name_of(obj)}"


def name_of(permission: Permission) -> str:
    """Returns what the permission allows. The model is not part of it, unless the model has
    defined the permission itself."""
    action, _separator, model = permission.codename.partition("_")
    if action in ACTIONS and model == permission.content_type.model:
        return str(ACTIONS[action])
    return gettext(permission.name)


class PermissionsAdmin(admin.ModelAdmin):
    """An admin with a field for permissions."""

    def formfield_for_manytomany(
        self, db_field, request=None, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        if db_field.related_model is Permission:
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)
