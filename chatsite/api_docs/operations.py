"""The calls of the API, as the page shows them."""

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from chatsite.api_docs import curl
from chatsite.api_docs.descriptions import description_html
from chatsite.api_docs.schemas import Schema, referred
from chatsite.api_docs.types import Field, Type, html_of, rules_of, type_of

JSON = "application/json"


@dataclass(frozen=True)
class Response:
    """`statuses` have the same type, such as "400, 401"."""

    statuses: str
    type: SafeString


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: SafeString
    parameters: list[Field]
    body: Type | None
    responses: list[Response]
    curl: str


def operations_by_tag(schema: Schema, site: str) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, details in methods.items():
            operation = operation_of(schema, method.upper(), path, details, site)
            found.setdefault(details["tags"][0], []).append(operation)
    return found


def operation_of(
    schema: Schema, method: str, path: str, details: dict[str, Any], site: str
) -> Operation:
    parameters, body = details["parameters"], body_of(schema, details)
    return Operation(
        details["operationId"],
        method,
        path,
        details["summary"],
        description_html(details),
        [parameter_field(parameter) for parameter in parameters],
        type_of(body) if body else None,
        responses_of(details["responses"]),
        curl.command(schema, method, site + path, parameters, body),
    )


def body_of(schema: Schema, details: dict[str, Any]) -> Schema | None:
    if "requestBody" not in details:
        return None
    return referred(schema, details["requestBody"]["content"][JSON]["schema"])


def parameter_field(parameter: dict[str, Any]) -> Field:
    kind = parameter["schema"]
    return Field(
        parameter["name"],
        html_of(kind),
        [f"in: {parameter['in']}", *rules_of(kind)],
        parameter["required"],
    )


def responses_of(responses: dict[int, dict[str, Any]]) -> list[Response]:
    """Returns one line for all statuses of a type, the successful ones first."""
    statuses: dict[SafeString, list[str]] = {}
    for status in sorted(responses):
        html = html_of(responses[status]["content"][JSON]["schema"])
        statuses.setdefault(html, []).append(str(status))
    return [Response(", ".join(numbers), html) for html, numbers in statuses.items()]
