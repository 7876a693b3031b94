"""What is typed into the pages' forms. What may be done with it is for `chat.rooms` to say."""

from django import forms

from chat.models import ROOM_NAME_MAX_CHARACTERS


class RoomForm(forms.Form):
    name = forms.CharField(
        label_suffix="",
        max_length=ROOM_NAME_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    private = forms.BooleanField(
        required=False,
        label_suffix="",
        label="Private: only people who are invited can see it",
    )


class RenameForm(forms.Form):
    name = forms.CharField(
        max_length=ROOM_NAME_MAX_CHARACTERS, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class InviteForm(forms.Form):
    username = forms.CharField(
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "placeholder": "Username"}
        ),
    )
