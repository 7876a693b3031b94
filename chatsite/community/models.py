"""The name, picture, colour, welcome text and links that the owner of the site chose."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.names.field import NameField

ONLY = 1  # the primary key of the only row
DEFAULT_ACCENT = "#0b66b8"  # as in chat/static/chat/tokens.css

hex_colour = RegexValidator(
    r"\A#[0-9a-f]{6}\Z", _("Write the colour as # and six digits: #0b66b8.")
)


class Community(models.Model):
    """A field that is empty means the default."""

    name = NameField(max_length=60, blank=True)
    picture = models.BinaryField(default=b"", blank=True, editable=True)  # a square PNG
    accent = models.CharField(max_length=7, blank=True, validators=[hex_colour])
    welcome = models.TextField(max_length=500, blank=True)
    rules_url = models.URLField(blank=True)
    imprint_url = models.URLField(blank=True)
    privacy_url = models.URLField(blank=True)

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("communities")

    def __str__(self) -> str:
        return self.name
