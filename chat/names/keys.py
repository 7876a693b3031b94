"""Names that may be had once: no two owners have names that look alike."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models

from chat.names import rules


class NameKey(models.Model):
    """One of the keys of an owner's names. The database keeps it unique, also when two people ask
    for it at the same moment. A model of this kind has an `owner`, a foreign key."""

    key = models.CharField(max_length=rules.KEY_CHARACTERS, primary_key=True)
    objects: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key

    @classmethod
    def is_taken(cls, owner: models.Model, name: str) -> bool:
        """Whether another owner has it, or a name that looks like it."""
        return cls.objects.filter(key__in=rules.keys(name)).exclude(owner=owner.pk).exists()

    @classmethod
    def claim(cls, owner: models.Model, owned: Iterable[str], refusal: ValidationError) -> None:
        """From now on these are the owner's names. Within a transaction. Raises `refusal`."""
        keys = set().union(*map(rules.keys, owned))
        cls.objects.filter(owner=owner).exclude(key__in=keys).delete()
        keys -= set(cls.objects.filter(owner=owner).values_list("key", flat=True))
        rows = [cls(key=key, owner=owner) for key in sorted(keys)]  # type: ignore[misc]
        try:
            cls.objects.bulk_create(rows)
        except IntegrityError as error:
            raise refusal from error
