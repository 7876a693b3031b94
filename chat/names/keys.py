"""Unique names: two owners cannot have names that look alike."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

from chat.names import rules


class NameKey(models.Model):
    """One of the keys of an owner's names. The database keeps it unique, even if two users choose
    it at the same moment. A subclass has an `owner`, a foreign key."""

    key = models.CharField(max_length=rules.KEY_CHARACTERS, primary_key=True)
    objects: Any

    class Meta:
        abstract = True
        verbose_name = _("key of a name")
        verbose_name_plural = _("keys of names")

    def __str__(self) -> str:
        return self.key

    @classmethod
    def is_taken(cls, owner: models.Model, name: str) -> bool:
        """Returns whether another owner has this name, or one that looks like it."""
        return cls.objects.filter(key__in=rules.keys(name)).exclude(owner=owner.pk).exists()

    @classmethod
    def claim(cls, owner: models.Model, names: Iterable[str], refusal: ValidationError) -> None:
        """Replaces the owner's names. Call it within a transaction. Raises `refusal` if another
        owner has one of them."""
        keys = set().union(*map(rules.keys, names))
        cls.objects.filter(owner=owner).exclude(key__in=keys).delete()
        keys -= set(cls.objects.filter(owner=owner).values_list("key", flat=True))
        rows = [cls(key=key, owner=owner) for key in sorted(keys)]  # type: ignore[misc]
        try:
            cls.objects.bulk_create(rows)
        except IntegrityError as error:
            raise refusal from error
