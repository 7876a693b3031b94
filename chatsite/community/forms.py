from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from chatsite.community.models import DEFAULT_ACCENT, Community
from chatsite.community.picture import BYTES_MAX, square_png

AddressField = partial(
    forms.URLField,
    required=False,
    max_length=200,
    assume_scheme="https",
    widget=forms.TextInput({"inputmode": "url"}),  # a browser's own check wants the scheme too
)


class CommunityForm(forms.ModelForm):
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("Shown beside the name and in the browser's tab. PNG, JPEG, WebP or GIF."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    remove_picture = forms.BooleanField(required=False, label=_("Remove the picture"))

    rules_url = AddressField(
        label=_("Rules"),
        help_text=_("The address of a page. People see it before they create an account."),
    )
    imprint_url = AddressField(label=_("Imprint"))
    privacy_url = AddressField(label=_("Privacy"))

    class Meta:
        model = Community
        fields = (
            "name",
            "picture",
            "remove_picture",
            "accent",
            "welcome",
            "rules_url",
            "imprint_url",
            "privacy_url",
        )
        labels = {
            "name": _("Name"),
            "accent": _("Accent colour"),
            "welcome": _("Welcome text"),
        }
        help_texts = {
            "accent": _(
                "For links and buttons. The site changes it if text would be hard to read."
            ),
            "welcome": _("Shown on the sign-in page and to new members."),
        }
        widgets = {
            "accent": forms.TextInput(attrs={"type": "color"}),
            "welcome": forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["dir"] = "auto"
        self.initial["name"] = self.instance.name or settings.SITE_NAME
        self.initial["accent"] = self.instance.accent or DEFAULT_ACCENT
        if not self.instance.picture:
            del self.fields["remove_picture"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        return "" if name == settings.SITE_NAME else name

    def clean_accent(self) -> str:
        accent = self.cleaned_data["accent"].lower()
        return "" if accent == DEFAULT_ACCENT else accent

    def clean_picture(self) -> bytes:
        """Returns the picture as it is stored. Without an upload, it is the one that there was."""
        upload = self.cleaned_data["picture"]
        if not isinstance(upload, UploadedFile):
            return bytes(self.instance.picture)
        if (upload.size or 0) > BYTES_MAX:
            raise ValidationError(_("This file is too large. It may have at most 5 MB."))
        return square_png(upload)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("remove_picture"):
            cleaned["picture"] = b""
        return cleaned
