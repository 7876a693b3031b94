"""The admin site. Staff sign in on the site's own page, so that its rate limits and second step
apply to them too. REQUIRE_MFA_FOR_STAFF makes the second step mandatory."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import SuspiciousOperation
from django.db import DataError, NotSupportedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.views.i18n import JavaScriptCatalog

from chatsite.community import identity

TWO_FACTOR_TYPES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class AdminSite(admin.AdminSite):
    site_header = site_title = lazy(identity.name, str)()

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(refuse_unusable_values(view), cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not lacks_two_factor(request)

    def i18n_javascript(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        packages = ["django.contrib.admin", "chatsite.accounts"]
        return JavaScriptCatalog.as_view(packages=packages)(request)  # type: ignore[return-value]

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        if not lacks_two_factor(request):
            return super().login(request, extra_context)
        messages.warning(request, _("Staff need two-factor sign-in here. Set it up first."))
        return redirect("mfa_index")


def refuse_unusable_values(view: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a view that responds with 400 to filters and ids that the database cannot hold;
    Django itself would fail."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except (DataError, NotSupportedError, OverflowError, ValueError) as error:
            raise SuspiciousOperation(f"The admin cannot use a value: {error}") from error

    return checked


def lacks_two_factor(request: HttpRequest) -> bool:
    return settings.REQUIRE_MFA_FOR_STAFF and not is_mfa_enabled(request.user, TWO_FACTOR_TYPES)
