"""Template tags. The results of tags that depend only on their arguments are cached."""

from functools import cache
from pathlib import Path

from django import template
from django.contrib.humanize.templatetags import humanize
from django.contrib.staticfiles import finders
from django.template import defaulttags
from django.templatetags.static import static
from django.urls import NoReverseMatch
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe

from chat import conf, translation, users
from chat.bundles import BUILDERS, STYLES
from chat.models import Message
from chat.names.handles import handle_of
from chat.rendering import addresses, bidi, message_html
from chat.rendering.avatars import avatar_html
from chat.services import room_list
from chat.views import access
from chat.views.sidebar import draft_mark
from presence.names import display_name

FOLDER = Path(__file__).resolve().parent.parent / "static/chat"

PREVIEW_CHARACTERS = 140

register = template.Library()
# Replaces Django's own tag, which takes 30 µs each time to look up a name in the manifest.
register.simple_tag(cache(static), name="static")
register.simple_tag(draft_mark)
register.tag("translate", translation.translate)
register.tag("blocktranslate", translation.blocktranslate)
register.tag("constant", translation.constant)
register.simple_tag(translation.script_words)
register.simple_tag(translation.language_attributes)


class UrlNode(defaulttags.URLNode):
    """Django's own, with addresses that are made once."""

    def render(self, context) -> str:
        if self.kwargs:
            return super().render(context)
        try:
            address = self.find(context)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            address = ""
        if self.asvar is None:
            return address
        context[self.asvar] = address
        return ""

    def find(self, context) -> str:
        args = (arg.resolve(context) for arg in self.args)
        return mount_of(context).escaped(self.view_name.resolve(context), *args)


@register.tag
def url(parser, token) -> UrlNode:
    node = defaulttags.url(parser, token)
    return UrlNode(node.view_name, node.args, node.kwargs, node.asvar)


@register.simple_tag(takes_context=True)
def socket_url(context) -> str:
    return mount_of(context).socket


def mount_of(context) -> addresses.Mount:
    """The one that the view has looked up, for pages with many addresses."""
    mount = context.get("mount")
    return mount if isinstance(mount, addresses.Mount) else addresses.current()


@register.inclusion_tag("chat/partials/_sidebar.html", takes_context=True)
def sidebar(context) -> dict[str, object]:
    """Renders the lists at the side. Fetches them on pages whose views do not know them, such as
    pages of other apps."""
    names = [f"sidebar_{name}" for name in ("favourites", "rooms", "direct", "archived")]
    if "sidebar_rooms" in context:
        lists = {name: context[name] for name in ("mount", *names)}
    else:
        lists = access.shell(room_list.summaries(context["user"]))
    return {**lists, "path": context["request"].path}


@register.simple_tag
def avatar(user, state: str = "") -> SafeString:
    return avatar_html(user.pk, display_name(user), state, handle_of(user))


@register.simple_tag
def person_avatar(person: room_list.Person) -> SafeString:
    return avatar_html(person.id, person.name, handle=person.handle)


@register.simple_tag
def person_name(user) -> SafeString:
    """Renders a name that follows when the person is renamed, and opens the profile."""
    if user.pk is None:  # a former member
        return format_html("<bdi>{}</bdi>", name_of(user))
    return format_html('<bdi data-name-of="{}">{}</bdi>', users.json_id(user.pk), name_of(user))


@register.simple_tag
def handle(user) -> SafeString | str:
    """Returns the handle with a space before it, or an empty string."""
    text = handle_of(user)
    return format_html(' <span class="handle">{}</span>', text) if text else ""


# Without the need to install the app humanize.
register.filter("intcomma", humanize.intcomma)
register.filter("naturaltime", humanize.naturaltime)
register.filter("json_id", users.json_id)


@register.filter("display_name")
def name_of(user) -> str:
    """Returns the name of a user, or the words for a former member."""
    return message_html.shown_name(user, message_html.current_words())


@register.simple_tag
def site_name() -> str:
    function = conf.get("SITE_NAME_FUNCTION")
    return import_string(function)() if function else conf.get("SITE_NAME")


@register.simple_tag(takes_context=True)
def setting_url(context, name: str) -> str:
    """Returns the address that a setting of chat names, or is; an empty string if there is none."""
    target = conf.get(name) or ""
    try:
        return mount_of(context).find(target)
    except NoReverseMatch:
        return target if "/" in target else ""


@register.filter
def preview(message: Message) -> str:
    return message_html.preview(message, PREVIEW_CHARACTERS, message_html.current_words())


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
def style(name: str) -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static(f"chat/{name}.css"))


@register.simple_tag
@cache
def styles(bundle: str) -> SafeString:
    """Returns a link to a bundle of stylesheets, or to each of them."""
    if is_bundled():
        return style(f"bundles/{bundle}")
    return mark_safe("".join(map(style, STYLES[bundle])))  # noqa: S308 - style escapes


@register.simple_tag
@cache
def early_script() -> SafeString:
    """Returns the script that the first paint waits for."""
    html = '<script type="module" src="{}" blocking="render"></script>'
    return format_html(html, script_url("early"))


@register.simple_tag
@cache
def main_script() -> SafeString:
    """Returns the script with everything else. Without bundles, the browser fetches all its parts
    together, instead of one import after another."""
    html = format_html('<script type="module" src="{}"></script>', script_url("main"))
    return html if is_bundled() else html + preloads()


def script_url(name: str) -> str:
    return static(f"chat/bundles/{name}.js" if is_bundled() else f"chat/{name}.js")


def preloads() -> SafeString:
    names = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js"))
    links = ((static(f"chat/{name}"),) for name in names)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


@cache
def is_bundled() -> bool:
    """Returns whether the project uses chat.finders.BundleFinder."""
    return bool(finders.find(next(iter(BUILDERS))))
