from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat.rate_limits.limits import limited
from chat.views import sections
from chatsite.accounts import deletion, devices, languages
from chatsite.accounts.exceptions import LastSuperuser
from chatsite.accounts.forms import DeletionForm, ProfileForm, TokenForm
from chatsite.accounts.models import Token
from chatsite.accounts.security_mails import notify


@limited("NAMES")
@login_required
def profile(request: HttpRequest, is_index: bool = False) -> HttpResponse:
    """Shows the profile. On a phone, the index shows the list of all settings instead."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if form.is_valid() and save_profile(form):
        with translation.override(languages.of_page(request)):  # which the person may have changed
            messages.success(request, _("Saved."))
        return redirect("profile")
    context = {"form": form, "sections": sections.of_person(request), "is_index": is_index}
    return render(request, "accounts/profile.html", context)


@login_required
@reauthentication_required(app="allauth.account")
def delete_account(request: HttpRequest) -> HttpResponse:
    form = DeletionForm(request.user, request.POST or None)
    if form.is_valid():
        try:
            deletion.delete(request.user)  # type: ignore[arg-type]
        except LastSuperuser:
            form.add_error(
                None, _("You are the only superuser. Make somebody else a superuser first.")
            )
        else:
            logout(request)
            messages.success(request, _("Your account was deleted."))
            return redirect("account_login")
    status = 422 if form.errors else 200
    return render(request, "accounts/delete.html", {"form": form}, status=status)


def save_profile(form: ProfileForm) -> bool:
    """Saves the profile. Returns False if somebody took the name at the same moment."""
    try:
        form.save()
    except ValidationError as error:
        form.add_error("name", error)
    return not form.errors


@login_required
@require_safe
def device_list(request: HttpRequest) -> HttpResponse:
    return render_devices(request, TokenForm())


def render_devices(request: HttpRequest, form: TokenForm, **context) -> HttpResponse:
    listed = devices.unexpired().filter(user=request.user)
    for device in listed:
        device.name = devices.name_of(device)
        device.is_this = device.session_key == request.session.session_key
    context |= {
        "devices": listed,
        "tokens": Token.objects.filter(user=request.user).order_by("-created_at"),  # type: ignore[misc]
        "form": form,
    }
    return render(request, "accounts/devices.html", context)


@login_required
@require_POST
def sign_out_device(request: HttpRequest, pk: int) -> HttpResponse:
    mine = UserSession.objects.filter(user=request.user)
    device = get_object_or_404(mine, pk=pk)
    devices.sign_out(mine.filter(pk=pk))
    text = _("%(device)s was signed out.")
    messages.success(request, text % {"device": devices.name_of(device)})
    return redirect("devices")


@login_required
@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    mine = UserSession.objects.filter(user=request.user)
    devices.sign_out(mine.exclude(session_key=request.session.session_key))
    messages.success(request, _("All your other devices were signed out."))
    return redirect("devices")


@limited("CREDENTIALS")
@login_required
@require_POST
@reauthentication_required(app="allauth.account")
@never_cache
def create_token(request: HttpRequest) -> HttpResponse:
    """Creates a token and shows its secret in this response: a redirect would have to store it."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render_devices(request, form)
    token, secret = Token.objects.issue(
        request.user, form.cleaned_data["name"], form.cleaned_data["scope"], form.expires_at()
    )
    notify(request.user, "token_created", token=token)
    return render_devices(request, TokenForm(), secret=secret, issued=token)


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(Token, pk=pk, user=request.user)
    token.delete()
    messages.success(request, _("The token %(name)s was revoked.") % {"name": token.name})
    return redirect("devices")
