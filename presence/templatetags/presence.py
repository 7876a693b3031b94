"""{% load presence %}"""

from django import template

from presence import names

register = template.Library()


@register.filter
def display_name(user) -> str:
    """Returns the full name, or the username if there is none."""
    return names.display_name(user)
