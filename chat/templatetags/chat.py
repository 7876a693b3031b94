"""Tags for pages. Those that depend on nothing but their arguments are worked out once."""

from functools import cache
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chat.names.handles import handle_of
from chat.rendering import bidi
from chat.rendering.avatars import avatar_html

SCRIPTS = Path(__file__).resolve().parent.parent / "static/chat"

register = template.Library()
# Instead of Django's own, which takes 30 µs each time to look a name up in the manifest.
register.simple_tag(cache(static), name="static")


@register.simple_tag
def avatar(user, state: str = "") -> SafeString:
    return avatar_html(user.pk, user.get_full_name(), state, handle_of(user))


@register.simple_tag
def handle(user) -> SafeString | str:
    """With a space before."""
    text = handle_of(user)
    return format_html(' <span class="handle">{}</span>', text) if text else ""


@register.filter
def isolate(text: str) -> str:
    """For names in titles and attributes; elsewhere <bdi> and dir="auto" do it."""
    return bidi.isolate(str(text))


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    url = static("chat/icons.svg")
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', url, name)


@register.simple_tag
@cache
def styles(*names: str) -> SafeString:
    links = ((static(f"chat/{name}.css"),) for name in names)
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag
@cache
def modules() -> SafeString:
    """Has the scripts fetched together, instead of each when another one imports it."""
    names = sorted(path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.js"))
    links = ((static(f"chat/{name}"),) for name in names)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)
