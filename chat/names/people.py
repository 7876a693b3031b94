"""The fields of the project's user model that hold the names of a user."""

from django.contrib.auth import get_user_model

NAME_FIELDS = {"username", "name", "first_name", "last_name"}


def name_fields() -> set[str]:
    return NAME_FIELDS & {field.name for field in get_user_model()._meta.get_fields()}


def names_of(user) -> dict[str, str]:
    return {field: getattr(user, field) for field in name_fields()}
