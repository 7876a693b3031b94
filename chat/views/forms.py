"""The forms of rooms. They check the fields only; `services.rooms` checks names and permissions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models import ROOM_NAME_MAX_CHARACTERS, ROOM_TOPIC_MAX_CHARACTERS, Room


class RenameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=ROOM_NAME_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    topic = forms.CharField(
        required=False,
        label=_("Topic"),
        max_length=ROOM_TOPIC_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class GroupNameForm(forms.Form):
    name = forms.CharField(
        required=False,
        label=_("Name"),
        max_length=ROOM_NAME_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Everybody in the conversation sees it. Without a name, it has your names."),
    )


class RoomForm(RenameForm):
    private = forms.BooleanField(required=False, label=_("Private: only invited people can see it"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = not self.is_bound  # then the first error


class DeleteRoomForm(forms.Form):
    name = forms.CharField(
        label=_("Type the name of the room to confirm"),
        max_length=ROOM_NAME_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, room: Room, data=None) -> None:
        super().__init__(data)
        self.room = room

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].removeprefix("#")
        if name.casefold() != self.room.name.casefold():
            raise forms.ValidationError(_("This is not the name of the room. Check the spelling."))
        return name


class AddPeopleForm(forms.Form):
    usernames = forms.CharField(
        max_length=400,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "none",
                "placeholder": _("Usernames: bob, charlie"),
            }
        ),
    )


class InviteForm(forms.Form):
    username = forms.CharField(
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": _("Username")}
        ),
    )
