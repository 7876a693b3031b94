"""Avatars: the first letter of a name, with a dot that is lit while the user is online. The browser
lights the dot, or `state` does ("here" or "away")."""

from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from chat import users
from chat.rendering.message_html import FACES, initial_of

AVATAR = (
    '<span class="{classes}" data-face="{face}" data-person="{id}" data-name="{name}"{handle}>'
    '<span aria-hidden="true">{initial}</span><span class="dot"></span></span>'
)


def avatar_html(id: Any, name: str, state: str = "", handle: str = "") -> SafeString:
    html = AVATAR.format(
        classes=f"avatar {state}".strip(),
        face=users.face(id, FACES),
        id=escape(str(id)),
        name=escape(name),
        handle=f' data-handle="{escape(handle)}"' if handle else "",
        initial=escape(initial_of(name)),
    )
    return mark_safe(html)  # noqa: S308 - escaped
