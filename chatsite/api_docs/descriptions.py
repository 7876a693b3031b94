import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

CODE = re.compile("`([^`]+)`")


def description_html(part: dict[str, str]) -> SafeString:
    """Returns the description of a part of the OpenAPI description, or an empty string. Docstrings
    have code between backticks."""
    text = escape(part.get("description", ""))
    return mark_safe(CODE.sub(r"<code>\1</code>", text))  # noqa: S308 - escaped above
