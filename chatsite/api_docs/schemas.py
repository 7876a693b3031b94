"""JSON schemas, as an OpenAPI description has them."""

from typing import Any

Schema = dict[str, Any]


def referred(schema: Schema, part: Schema) -> Schema:
    """Returns the schema that a part of the description refers to, or the part itself."""
    return schema["components"]["schemas"][name_of(part)] if "$ref" in part else part


def name_of(reference: Schema) -> str:
    return reference["$ref"].rsplit("/", 1)[-1]
