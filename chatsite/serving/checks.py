"""Checks of the settings about serving: proxies, hosts, mail."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from chatsite.accounts import mailer


@register
def check_serving(**options: Any) -> list[CheckMessage]:
    return [*proxies(), *connections()]


@register(Tags.security, deploy=True)
def check_deployment(**options: Any) -> list[CheckMessage]:
    return [] if settings.DEBUG else [*hosts(), *mail()]


def proxies() -> Iterator[CheckMessage]:
    if settings.TRUSTED_PROXIES < 0:
        yield Error(
            f"TRUSTED_PROXIES is {settings.TRUSTED_PROXIES}.",
            hint="Set it to the number of proxies in front of this site; 0 is none.",
            id="chatsite.E021",
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield Warning(
            "HTTPS is on and TRUSTED_PROXIES is 0, so X-Forwarded-Proto is not believed: forms and"
            " sockets that come through a proxy are refused.",
            hint="Set TRUSTED_PROXIES=1 if one proxy is in front of this site.",
            id="chatsite.W022",
        )


def connections() -> Iterator[CheckMessage]:
    if settings.MAX_CONNECTIONS < 1:
        yield Error(
            f"MAX_CONNECTIONS is {settings.MAX_CONNECTIONS}: nobody could connect.",
            hint="Set it to 1 or more; 10000 is the default.",
            id="chatsite.E023",
        )


def hosts() -> Iterator[CheckMessage]:
    for host in settings.ALLOWED_HOSTS:
        if host.strip() == "*":
            yield Error(
                "ALLOWED_HOSTS contains *, so that anybody chooses the host in links of mails.",
                hint="Set it to the names of this site, with commas between: chat.example.org",
                id="chatsite.E024",
            )
        elif "*" in host or "/" in host:
            yield Error(
                f"ALLOWED_HOSTS contains {host}, which no request matches.",
                hint="Set it to names such as chat.example.org; .example.org includes subdomains.",
                id="chatsite.E025",
            )


def mail() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND in mailer.NOWHERE:
        yield Warning(
            "EMAIL_URL is not set to a mail server, so nobody gets a mail to reset a password.",
            hint="Set it like smtp+tls://user:password@smtp.example.org:587",
            id="chatsite.W026",
        )
