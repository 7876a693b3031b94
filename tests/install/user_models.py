"""User models that have little in common with Django's own."""

from pathlib import Path

MODELS = """
import uuid
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

class People(BaseUserManager):
    def create_user(self, nick, password=None):
        person = self.model({key}nick=nick)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, nick):
        return self.get(nick=nick)

class Person(AbstractBaseUser):
    id = {field}
    nick = models.CharField("username", max_length=50, unique=True)
    memberships = models.TextField(default="")
    messages = models.TextField(default="")
    last_seen = models.TextField(default="")
    USERNAME_FIELD = "nick"
    objects = People()

    class Meta:
        db_table = "user"
"""
KEYS = {
    "uuid": ("models.UUIDField(primary_key=True, default=uuid.uuid4)", ""),
    "text": ("models.CharField(primary_key=True, max_length=40)", 'id=f"Ünit {nick}/007: ?&", '),
}


def add(folder: Path, kind: str) -> None:
    """Adds an app `people` with a user model to a project, and takes the admin from it."""
    field, key = KEYS[kind]
    app = folder / "people"
    (app / "migrations").mkdir(parents=True)
    for path in (app / "__init__.py", app / "migrations" / "__init__.py"):
        path.touch()
    (app / "models.py").write_text(MODELS.format(field=field, key=key))
    settings = folder / "project" / "settings.py"
    text = settings.read_text().replace('    "django.contrib.admin",\n', '    "people",\n')
    settings.write_text(text + '\nAUTH_USER_MODEL = "people.Person"\n')
    urls = folder / "project" / "urls.py"
    lines = urls.read_text().splitlines(keepends=True)
    urls.write_text("".join(line for line in lines if "admin" not in line))
