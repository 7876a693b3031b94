from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat.exceptions import Forbidden
from chat.rate_limits.limits import limited
from chatsite.accounts import bots
from chatsite.accounts.exceptions import NameTaken
from chatsite.accounts.forms import BotForm
from chatsite.accounts.security_mails import notify


@login_required
@require_safe
def bot_list(request: HttpRequest) -> HttpResponse:
    return render_bots(request, BotForm(request.user))


def render_bots(request: HttpRequest, form: BotForm, **context) -> HttpResponse:
    mine = bots.owned_by(request.user).prefetch_related("tokens")
    return render(request, "accounts/bots.html", {"bots": mine, "form": form, **context})


@limited("CREDENTIALS")
@login_required
@require_POST
@reauthentication_required(app="allauth.account")
@never_cache
def create_bot(request: HttpRequest) -> HttpResponse:
    """Creates a bot and shows its secret in this response: a redirect would have to store it."""
    form = BotForm(request.user, request.POST)
    if form.is_valid():
        try:
            bot, secret = bots.create(request.user, **form.cleaned_data)
            notify(request.user, "token_created", bot=bot)
            return render_bots(request, BotForm(request.user), bot=bot, secret=secret)
        except NameTaken:
            form.add_error("username", _("That username is taken. Choose another one."))
        except Forbidden:
            form.add_error("room", _("The room was archived or deleted. Choose another one."))
    return render_bots(request, form)


@limited("CREDENTIALS")
@login_required
@require_POST
@reauthentication_required(app="allauth.account")
@never_cache
def renew_token(request: HttpRequest, pk: int) -> HttpResponse:
    bot = get_object_or_404(bots.owned_by(request.user), pk=pk)
    secret = bots.renew_token(bot)
    notify(request.user, "token_created", bot=bot)
    return render_bots(request, BotForm(request.user), bot=bot, secret=secret)


@login_required
@require_POST
def deactivate_bot(request: HttpRequest, pk: int) -> HttpResponse:
    bot = get_object_or_404(bots.owned_by(request.user), pk=pk)
    bots.deactivate(bot)
    messages.success(request, _("%(name)s was deactivated.") % {"name": bot.name})
    return redirect("bots")
