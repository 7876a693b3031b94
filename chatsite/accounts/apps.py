from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "chatsite.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        import_module("chatsite.accounts.model_names").set_names()
        import_module("chatsite.accounts.checks")
        import_module("chatsite.accounts.security_mails")
        import_module("chatsite.accounts.signals")


class SiteAdminConfig(apps.AdminConfig):
    default = False
    default_site = "chatsite.accounts.admin_site.AdminSite"
