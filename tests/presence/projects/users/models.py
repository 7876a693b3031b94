"""User models with other primary keys, other names of fields, and no more than Django requires."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, AbstractUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    """Without is_active, names, permissions, and a manager named `objects`."""

    last_seen = models.TextField(default="mine")
    sample = models.TextField(default="mine")

    people = BaseUserManager()

    def __str__(self):
        return self.get_username()

    class Meta:
        abstract = True


class UuidUser(User):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    handle = models.CharField(max_length=100, unique=True)

    USERNAME_FIELD = "handle"


class TextUser(User):
    handle = models.CharField(max_length=100, primary_key=True)

    USERNAME_FIELD = "handle"


class NumberUser(User):
    number = models.BigIntegerField(primary_key=True)
    handle = models.CharField(max_length=100, unique=True)

    USERNAME_FIELD = "handle"


class BytesUser(User):
    handle = models.BinaryField(primary_key=True)

    USERNAME_FIELD = "handle"


class Person(models.Model):
    uid = models.UUIDField(primary_key=True, default=uuid.uuid4)

    def __str__(self):
        return str(self.uid)


class ChildUser(User, Person):
    handle = models.CharField(max_length=100, unique=True)

    USERNAME_FIELD = "handle"

    def __str__(self):
        return self.handle


class StaffUser(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    groups = None
    user_permissions = None
