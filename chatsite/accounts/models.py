from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from chatsite.accounts import usernames


class User(AbstractUser):
    """A person, or a bot. `name` is what others read, `username` what they type after an @."""

    first_name = None
    last_name = None

    username = models.CharField(
        max_length=usernames.MAX_CHARACTERS,
        unique=True,
        validators=usernames.validators,
        error_messages={"unique": "Somebody has that username already."},
    )
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="username_in_any_case",
                violation_error_message="Somebody has that username already.",
            ),
        ]

    def save(self, *args, **kwargs):
        self.name = self.name.strip() or self.username
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
