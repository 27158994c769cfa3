"""OpenAPI documents with API Gateway's extensions: which path and method call which function, and who may.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.shapes import mapping, mappings

__all__ = ["METHODS", "Operation", "cors_settings", "milliseconds", "mock_cors", "operations"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
ANY = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
CORS_HEADER = "method.response.header.access-control-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation that calls something: `uri` is what, `place` the part of the document that says so."""

    method: str
    path: str
    uri: Any
    type: str
    payload_format: str
    authorizer: str | None
    api_key_required: bool
    timeout_ms: float | None
    cors: Mapping[str, Any] | None
    place: Any


def operations(body: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the operations of a document that have an integration which calls a URI."""
    shared = cors_settings(body.get("x-amazon-apigateway-cors"))
    for path, item in mapping(body.get("paths")).items():
        if not isinstance(item, dict):
            continue
        options = item.get("options")
        cors = shared or (mock_cors(options.get(INTEGRATION)) if isinstance(options, dict) else None)
        for method in (*METHODS, ANY):
            operation = item.get(method)
            integration = operation.get(INTEGRATION) if isinstance(operation, dict) else None
            if isinstance(integration, dict) and "uri" in integration:
                yield _operation(body, "ANY" if method == ANY else method.upper(), path, operation, cors)


def _operation(
    body: Mapping[str, Any], method: str, path: str, operation: Any, cors: Mapping[str, Any] | None
) -> Operation:
    integration = operation[INTEGRATION]
    authorizer, api_key_required = _security(body, operation)
    return Operation(
        method=method,
        path="$default" if path == "/$default" else path,
        uri=integration["uri"],
        type=str(integration.get("type", "")).lower(),
        payload_format=str(integration.get("payloadFormatVersion", "1.0")),
        authorizer=authorizer,
        api_key_required=api_key_required,
        timeout_ms=milliseconds(integration.get("timeoutInMillis")),
        cors=cors,
        place=operation if isinstance(operation, Block) else None,
    )


def milliseconds(found: Any) -> float | None:
    """Return a time that a template gives as a number or as text; None where it gives none."""
    return float(found) if str(found).isdigit() else None


def _security(body: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Return the kind of authorizer, and whether an API key is asked for."""
    components = mapping(body.get("components"))
    schemes = mapping(body.get("securityDefinitions") or components.get("securitySchemes"))
    own = operation.get("x-amazon-apigateway-auth")
    authorizer = "iam" if isinstance(own, dict) and own.get("type") == "AWS_IAM" else None
    api_key = False
    for requirement in mappings(operation.get("security", body.get("security"))):
        for name in requirement:
            kind = _kind_of(schemes.get(name))
            api_key = api_key or kind == "api_key"
            authorizer = authorizer or (kind if kind != "api_key" else None)
    return authorizer, api_key


def _kind_of(scheme: Any) -> str | None:
    """Return the kind of authorizer that a security scheme is."""
    if not isinstance(scheme, dict):
        return None
    kind = str(scheme.get("x-amazon-apigateway-authtype", "")).lower()
    authorizer = scheme.get("x-amazon-apigateway-authorizer")
    if kind == "awssigv4":
        return "iam"
    if kind == "cognito_user_pools":
        return "cognito"
    if isinstance(authorizer, dict):
        type_ = str(authorizer.get("type", "")).lower()
        return {"jwt": "jwt", "cognito_user_pools": "cognito"}.get(type_, "lambda")
    return "api_key" if scheme.get("type") == "apiKey" and scheme.get("name") == "x-api-key" else None


def cors_settings(found: Any) -> dict[str, Any] | None:
    """Return CORS settings with our keys, of either spelling (`AllowOrigins`, `allowOrigins`)."""
    if not isinstance(found, dict) or not found:
        return None
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower(): value for key, value in found.items()}


def mock_cors(integration: Any) -> dict[str, Any] | None:
    """Return the CORS settings that a REST API's `OPTIONS` answers with, if a mock answers it.

    The values stand in the integration's response parameters, each in single quotes.
    """
    if not isinstance(integration, dict) or str(integration.get("type", "")).lower() != "mock":
        return None
    responses = integration.get("responses") or {}
    answers = responses.values() if isinstance(responses, dict) else responses
    for answer in answers:
        parameters = answer.get("responseParameters") if isinstance(answer, dict) else None
        if isinstance(parameters, dict):
            return cors_of_parameters(parameters)
    return None


def cors_of_parameters(parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the CORS settings of response parameters, as `method.response.header.…: "'value'"`."""
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if name.lower().startswith(CORS_HEADER):
            key = name.lower().removeprefix(CORS_HEADER).replace("-", "_")
            text = str(value).strip("'")
            if key == "allow_origin":
                found["allow_origins"] = [text]
            elif key in ("allow_methods", "allow_headers", "expose_headers"):
                found[key] = [item.strip() for item in text.split(",")]
            elif key == "allow_credentials":
                found[key] = text == "true"
            elif key == "max_age" and text.isdigit():
                found[key] = int(text)
    return found or None
