"""Async functions of Google Cloud, which `functions_framework.aio` serves with Starlette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvocationError
from pytest_serverless.events.gcp.decoding import library
from pytest_serverless.invocation.awaiting import finished

if TYPE_CHECKING:
    from flask import Response

__all__ = ["serve_async"]

_NEEDED_FOR = "invoking an async Google Cloud function"


def serve_async(handler: Any, environ: dict[str, Any], signature: str) -> Response:
    """Call an async function with the request, and return its answer; no event loop may be running."""
    registered = library("functions_framework._function_registry", _NEEDED_FOR).ASGI_FUNCTIONS
    if getattr(handler, "__name__", "") not in registered:
        raise InvocationError(
            f"{getattr(handler, '__name__', 'the function')!r} is async, and would not be awaited on Google Cloud: "
            "decorate it with @functions_framework.aio.http or .cloud_event."
        )
    response: Response = finished(_serve(handler, environ, signature))
    return response


async def _serve(handler: Any, environ: dict[str, Any], signature: str) -> Any:
    body = environ["wsgi.input"].read()
    request = library("starlette.requests", _NEEDED_FOR).Request(_scope(environ), _receiving(body))
    if signature == "cloudevent":
        await handler(library("cloudevents.http", _NEEDED_FOR).from_http(request.headers, body))
        return await _collected(_response("OK"), request)
    return await _collected(_response(await handler(request)), request)


def _scope(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the request as ASGI has it."""
    headers = library("werkzeug.datastructures", _NEEDED_FOR).EnvironHeaders(environ)
    return {
        "type": "http",
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        "raw_path": environ["REQUEST_URI"].partition("?")[0].encode("latin-1"),
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": (environ["REMOTE_ADDR"], 0),
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
    }


def _receiving(body: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _response(result: Any) -> Any:
    """Return what the framework makes of a result."""
    responses = library("starlette.responses", _NEEDED_FOR)
    status = 200
    if isinstance(result, tuple) and len(result) == 2:
        result, status = result
    if isinstance(result, dict):
        return responses.JSONResponse(result, status_code=status)
    if isinstance(result, (str, bytes)):
        return responses.Response(result, status_code=status)
    if result is None:
        raise InvocationError("The function returned None; the framework answers that with 500. Return text or a dict.")
    return result


async def _collected(response: Any, request: Any) -> Any:
    """Send the response, and return all of it."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await response(request.scope, request.receive, send)
    start = messages[0]
    return library("flask", _NEEDED_FOR).Response(
        b"".join(message.get("body", b"") for message in messages[1:]),
        status=start["status"],
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]],
    )
