"""An example of each call, as a command of a shell. Values of the address are variables, such as
$ROOM_ID, and so is the token."""

import json
import shlex
from typing import Any

from chatsite.api_docs.schemas import Schema, referred

BREAK = " \\\n    "
VALUE_OF_TYPE = {"boolean": True, "integer": 1, "string": "text"}
VALUE_OF_FORMAT = {"uuid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}


def command(
    schema: Schema, method: str, url: str, parameters: list[dict[str, Any]], body: Schema | None
) -> str:
    parts = [
        "curl -sS --fail-with-body",
        f'"{with_variables(url, parameters)}"',
        '-H "Authorization: Bearer $TOKEN"',
    ]
    if method != "GET":
        parts.append(f"-X {method}")
    if body:
        content = shlex.quote(json.dumps(example(schema, body)))
        parts += ['-H "Content-Type: application/json"', f"-d {content}"]
    return BREAK.join(parts)


def with_variables(url: str, parameters: list[dict[str, Any]]) -> str:
    required = [parameter for parameter in parameters if parameter["required"]]
    query = []
    for parameter in required:
        name, variable = parameter["name"], f"${parameter['name'].upper()}"
        if parameter["in"] == "path":
            url = url.replace(f"{{{name}}}", variable)
        else:
            query.append(f"{name}={variable}")
    return f"{url}?{'&'.join(query)}" if query else url


def example(schema: Schema, part: Schema) -> Any:
    """Returns a value with the required properties only. An object that requires none has its
    first one."""
    part = referred(schema, part)
    if "anyOf" in part:
        return example(schema, part["anyOf"][0])
    if properties := part.get("properties"):
        names = part.get("required") or list(properties)[:1]
        return {name: example(schema, properties[name]) for name in names}
    return VALUE_OF_FORMAT.get(part.get("format", "")) or VALUE_OF_TYPE[part["type"]]
