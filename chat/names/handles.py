"""Handles: the `@username` next to a display name that differs from it."""

from typing import Any

from presence.names import display_name


def handle_of(person: Any) -> str:
    return handle(person.get_username(), display_name(person))


def handle(username: str, name: str) -> str:
    """Returns the handle; an empty string if the name is the username in any letter case."""
    same = not username or username.casefold() == name.casefold()
    return "" if same else f"@{username}"
