"""Template tags. The results of tags that depend only on their arguments are cached."""

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
# Replaces Django's own tag, which takes 30 µs each time to look up a name in the manifest.
register.simple_tag(cache(static), name="static")


@register.simple_tag
def avatar(user, state: str = "") -> SafeString:
    return avatar_html(user.pk, user.get_full_name(), state, handle_of(user))


@register.simple_tag
def handle(user) -> SafeString | str:
    """Returns the handle with a space before it, or an empty string."""
    text = handle_of(user)
    return format_html(' <span class="handle">{}</span>', text) if text else ""


@register.filter
def isolate(text: str) -> str:
    """Isolates the direction of a name in a title or an attribute. Elsewhere use <bdi> or
    dir="auto"."""
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
    """Returns links that let the browser fetch all scripts together, instead of one import after
    another."""
    names = sorted(path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.js"))
    links = ((static(f"chat/{name}"),) for name in names)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)
