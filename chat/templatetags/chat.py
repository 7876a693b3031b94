"""Tags for pages. Most are constants of the process, so they are written into the template when it
is compiled, and cost a page nothing."""

from collections.abc import Callable
from pathlib import Path

from django import template
from django.template.base import Parser, TextNode, Token
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chat.names.handles import handle_of
from chat.rendering import bidi
from chat.rendering.avatars import face

SCRIPTS = Path(__file__).resolve().parent.parent / "static/chat"

register = template.Library()


@register.simple_tag
def avatar(user, state: str = "") -> SafeString:
    return face(user.pk, user.get_full_name(), state, handle_of(user))


@register.simple_tag
def handle(user) -> SafeString | str:
    """With a space before."""
    text = handle_of(user)
    return format_html(' <span class="handle">{}</span>', text) if text else ""


@register.filter
def isolate(text: str) -> str:
    """For names in titles and attributes; elsewhere <bdi> and dir="auto" do it."""
    return bidi.isolate(str(text))


def constant(function: Callable[..., str]) -> Callable[..., str]:
    """A tag whose arguments are literal strings and whose text never changes."""

    def compiled(parser: Parser, token: Token) -> TextNode:
        _, *arguments = token.split_contents()
        return TextNode(function(*(argument.strip("\"'") for argument in arguments)))

    register.tag(function.__name__, compiled)
    return function


@constant
def icon(name: str) -> SafeString:
    url = static("chat/icons.svg")
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', url, name)


@constant
def styles(*names: str) -> SafeString:
    links = ((static(f"chat/{name}.css"),) for name in names)
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', links)


@constant
def modules() -> SafeString:
    """Has the scripts fetched together, instead of each when another one imports it."""
    names = sorted(path.name for path in SCRIPTS.glob("*.js"))
    links = ((static(f"chat/{name}"),) for name in names)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


@constant
def static_url(path: str) -> str:
    """As {% static %}."""
    return static(path)
