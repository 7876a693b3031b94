"""The names of users, whatever fields their model has."""


def display_name(user) -> str:
    """Returns the full name, or the username if the model or the user has none."""
    get_full_name = getattr(user, "get_full_name", None)
    full_name = str(get_full_name() or "") if callable(get_full_name) else ""
    return full_name.strip() or str(user.get_username())
