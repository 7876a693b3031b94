"""The types of the API, written as in TypeScript, with a link for each type that has a name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chatsite.api_docs.descriptions import description_html
from chatsite.api_docs.schemas import Schema, name_of

# The keywords of a schema that its type, its name or its fields show.
SHOWN = {"$ref", "additionalProperties", "anyOf", "description", "items", "properties", "type"}
SHOWN |= {"required", "title"}


@dataclass(frozen=True)
class Field:
    """`rules` are keywords of JSON Schema, such as "minimum: 1"."""

    name: str
    type: SafeString
    rules: list[str]
    is_required: bool


@dataclass(frozen=True)
class Type:
    name: str
    description: SafeString
    fields: list[Field]


def types_of(schema: Schema) -> list[Type]:
    """Returns the types that have a name, in alphabetical order."""
    return [type_of(part) for _, part in sorted(schema["components"]["schemas"].items())]


def type_of(schema: Schema) -> Type:
    required = schema.get("required", [])
    fields = [
        Field(name, html_of(part), list(rules_of(part)), name in required)
        for name, part in schema.get("properties", {}).items()
    ]
    return Type(schema["title"], description_html(schema), fields)


def html_of(schema: Schema) -> SafeString:
    if "$ref" in schema:
        return format_html('<a href="#type-{0}">{0}</a>', name_of(schema))
    if "anyOf" in schema:
        return format_html_join(" | ", "{}", ((html_of(part),) for part in schema["anyOf"]))
    if schema.get("type") == "array":
        text = "({})[]" if "anyOf" in schema["items"] else "{}[]"
        return format_html(text, html_of(schema["items"]))
    if isinstance(schema.get("additionalProperties"), dict):
        return format_html("{{ string: {} }}", html_of(schema["additionalProperties"]))
    return format_html("{}", schema.get("type", "any"))


def rules_of(schema: Schema) -> Iterator[str]:
    """Yields everything that a schema says beyond its type, also that of its parts."""
    for keyword, value in schema.items():
        if keyword not in SHOWN:
            yield f"{keyword}: {value if isinstance(value, str) else json.dumps(value)}"
    parts = schema.get("anyOf", [])
    for part in [*parts, schema["items"]] if "items" in schema else parts:
        yield from rules_of(part)
