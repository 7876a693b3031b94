from typing import Any

from django.db import models, router


class PrimaryQuerySet(models.QuerySet):
    _db: str | None
    _hints: dict[str, Any]

    """Reads where chat writes, and never from a replica."""

    @property
    def db(self) -> str:
        return self._db or router.db_for_write(self.model, **self._hints)


PrimaryManager = models.Manager.from_queryset(PrimaryQuerySet)
