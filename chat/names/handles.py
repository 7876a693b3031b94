"""`@username`, shown next to a display name that says something else."""

from typing import Any


def handle_of(person: Any) -> str:
    return handle(person.get_username(), person.get_full_name())


def handle(username: str, name: str) -> str:
    """Empty where the name says the same, in any letter case."""
    same = not username or username.casefold() == name.casefold()
    return "" if same else f"@{username}"
