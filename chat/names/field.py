"""A model field for a name that users see. It enforces the rules however it is saved."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from chat.exceptions import Invalid
from chat.names import rules


def cleaned(text: str) -> str:
    """Returns the name as `rules.clean` does. Raises ValidationError."""
    try:
        return rules.clean(text)
    except Invalid as error:
        raise ValidationError(error.text) from error  # type: ignore[arg-type]


class NameField(models.CharField):
    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(value and cleaned(str(value)), model_instance)

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = getattr(instance, self.attname)
        value = value and cleaned(value)
        setattr(instance, self.attname, value)
        return value
