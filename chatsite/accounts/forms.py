from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
    UserTokenForm,
    default_token_generator,
)
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import Room
from chat.names.field import NameField
from chatsite.accounts import bots, languages, mailer, time_zones, usernames
from chatsite.accounts.models import (
    NAME_MAX_CHARACTERS,
    NAME_TAKEN,
    NOBODY,
    PersonNameKey,
    Token,
    User,
)

PASSWORD_HELP = _("At least 8 characters. Common passwords are not accepted.")

NAME = NameField(max_length=NAME_MAX_CHARACTERS, blank=True)  # of a person
KEY_NAME = NameField(max_length=60)  # of a passkey


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = gettext("Username or email")
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["remember"].label = gettext("Stay signed in")
        self.fields["remember"].initial = True
        self.fields["password"].help_text = ""  # the page has this link after the field
        self.fields["password"].widget.attrs["autofocus"] = self.is_bound  # it was wrong


class SignUpForm(SignupForm):
    """A display name is enough: the username is made from it. With a username only, it is the
    display name too."""

    name = forms.CharField(
        label=_("Display name"),
        required=False,
        help_text=_("Your name as others see it, in any script."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    # A script fills it in. Without a known time zone, nobody sees a local time.
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("name", "username", "email", "password1")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = not self.is_bound  # then the first error
        username = self.fields["username"]
        username.required = username.widget.is_required = False
        self.fields["email"].label = gettext("Email (optional)")
        username.label = gettext("Username (optional)")
        username.widget.attrs["autocapitalize"] = "none"
        username.help_text = gettext(
            "For signing in and for mentions: letters a to z, digits, and . _ - between them. "
            "If you leave it empty, it is made from your name."
        )
        self.fields["password1"].help_text = PASSWORD_HELP

    def clean_name(self) -> str:
        name = NAME.clean(self.cleaned_data["name"], None)
        if PersonNameKey.is_taken(User(), name):
            raise forms.ValidationError(NAME_TAKEN)
        return name

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        return name if name in time_zones.names() else ""

    def clean_username(self) -> str:
        """Returns the username. Makes one from the name if none was typed."""
        if self.cleaned_data["username"]:
            return super().clean_username()
        if "name" in self.errors:
            return ""
        if not (name := self.cleaned_data["name"]):
            self.add_error("name", gettext("Enter your name."))
            return ""
        return usernames.free(name)


class NewPassword(forms.Form):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = gettext("New password")
        self.fields["password1"].help_text = PASSWORD_HELP
        self.fields["password2"].label = gettext("New password again")


class NewPasswordForm(NewPassword, ChangePasswordForm):
    revoke_tokens = forms.BooleanField(
        label=_("Revoke my API tokens and those of my bots"), required=False, initial=True
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = gettext("Current password")
        self.fields["oldpassword"].help_text = ""

    def save(self) -> None:
        self.user.keeps_tokens = not self.cleaned_data["revoke_tokens"]
        super().save()

    def clean_oldpassword(self) -> str:
        """Checks the old password. Limits failures like a sign-in."""
        password = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return password


class FirstPasswordForm(NewPassword, SetPasswordForm):
    pass


class ForgottenPasswordForm(NewPassword, ResetPasswordKeyForm):
    pass


class ResetRequestForm(ResetPasswordForm):
    def clean(self) -> dict[str, Any]:
        """Raises the same error for every address: otherwise it would reveal which ones are
        known."""
        if not self.errors and (refusal := mailer.unavailable_reason()):
            raise forms.ValidationError(refusal)
        return super().clean() or self.cleaned_data

    def clean_email(self) -> str:
        return get_adapter().clean_email(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs) -> str:
        email = self.cleaned_data["email"]
        user = User.objects.by_login(email)
        if user is None or not user.can_sign_in or user.is_bot:
            user = User(pk=NOBODY, username="nobody")
        request_password_reset(request, email, [user], default_token_generator)
        return email


class ResetLinkForm(UserTokenForm):
    def _get_user(self, uidb36: str) -> User | None:
        """Returns the user of the link, unless the account was deactivated after the link was
        sent."""
        user = super()._get_user(uidb36)
        return user if user is not None and user.can_sign_in and not user.is_bot else None


class ConfirmForm(ReauthenticateForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""  # the page has this link after the field


class KeyNameForm(EditWebAuthnForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext("Name")

    def clean_name(self) -> str:
        return KEY_NAME.clean(self.cleaned_data["name"], None)


class KeyForm(AddWebAuthnForm):
    def clean_name(self) -> str:
        return KEY_NAME.clean(super().clean_name(), None)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext("Name")
        passwordless = self.fields["passwordless"]
        passwordless.label = gettext("Use as a passkey, without a password")
        passwordless.help_text = gettext("It then asks for a PIN, a fingerprint or your face.")


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=languages.choices,
        required=False,
        help_text=User._meta.get_field("language").help_text,
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=User._meta.get_field("time_zone").help_text,
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "appears_offline"]
        labels = {"appears_offline": _("Appear offline")}
        help_texts = {"name": _("Shown next to your messages.")}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        time_zone = self.fields["time_zone"]
        time_zone.choices = time_zones.choices(self.instance.time_zone)  # type: ignore[attr-defined]


class DeletionForm(forms.Form):
    username = forms.CharField(
        label=_("Type your username to confirm"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, user, data=None) -> None:
        super().__init__(data)
        self.user = user

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].removeprefix("@")
        if username.casefold() != self.user.username.casefold():
            raise forms.ValidationError(gettext("This is not your username."))
        return username


class BotForm(forms.ModelForm):
    room = forms.ModelChoiceField(Room.objects.none(), label=_("Room"), empty_label=None)

    class Meta:
        model = User
        fields = ["username", "name"]

    def __init__(self, owner, data=None) -> None:
        super().__init__(data)
        self.owner = owner
        self.fields["room"].queryset = bots.rooms_owned_by(owner)  # type: ignore[attr-defined]
        self.fields["username"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none"}

    def validate_unique(self) -> None:
        """Does nothing: the constraint on names in any case reports the error, and only once."""

    def clean(self):
        if bots.owned_by(self.owner).count() >= bots.BOTS_MAX:
            text = gettext("You have %(count)s bots. Deactivate one of them first.")
            raise forms.ValidationError(text % {"count": bots.BOTS_MAX})
        return super().clean()


class TokenForm(forms.ModelForm):
    """Creates a token. `expires_at` is counted from now; a token without an end has to be
    chosen."""

    days = forms.TypedChoiceField(
        label=_("Expires"),
        choices=[
            (30, _("in 30 days")),
            (90, _("in 90 days")),
            (365, _("in a year")),
            ("", _("never")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        initial=90,
    )

    class Meta:
        model = Token
        fields = ["name", "scope"]
        labels = {"name": _("Name"), "scope": _("Access")}
        help_texts = {"name": ""}

    def expires_at(self, now=None):
        days = self.cleaned_data["days"]
        return days and (now or timezone.now()) + timedelta(days=days)
