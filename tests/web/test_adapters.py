"""ASGI and WSGI applications behind the adapters that people use: Mangum and apig-wsgi."""

import asyncio

import pytest

from tests.web.asking import alb, ask, gateway, http, rest, url

FRONTS = {
    "rest": rest("/{proxy+}", binary_types=("*/*",)),
    "http": http(),
    "url": url(),
    "alb": alb(),
    "alb-multi": alb(multi_value_headers=True),
}


@pytest.fixture(params=FRONTS)
def front(request):
    return FRONTS[request.param]


@pytest.fixture
def event_loop():
    """The current loop of this thread: Mangum makes one where there is none, and leaves it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


async def asgi_echo(scope, receive, send):
    """Sends the body back, with what the server said of the request in headers."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"x-path", scope["raw_path"] or scope["path"].encode()),
        (b"x-query", scope["query_string"]),
        (b"x-method", scope["method"].encode()),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.usefixtures("event_loop")
def test_an_asgi_application_through_mangum(front):
    mangum = pytest.importorskip("mangum")
    handler = mangum.Mangum(asgi_echo, lifespan="off")

    response = ask(gateway(front), handler, "POST", "/a/b?x=1%262&y=%C3%BC", data=b"\x00\xff", context={})

    assert (response.status, response.body) == (201, b"\x00\xff")
    assert (response.headers["x-path"], response.headers["x-query"]) == ("/a/b", "x=1%262&y=%C3%BC")
    assert response.headers["x-method"] == "POST"
    assert response.cookies == {"a": "1", "b": "2"}


def wsgi_echo(environ, start_response):
    """The same as a WSGI application."""
    body = environ["wsgi.input"].read()
    start_response(
        "201 Created",
        [
            ("Content-Type", "application/octet-stream"),
            ("X-Path", environ["PATH_INFO"]),
            ("X-Query", environ["QUERY_STRING"]),
            ("X-Host", environ["HTTP_HOST"]),
        ],
    )
    return [body]


def test_a_wsgi_application_through_apig_wsgi(front):
    apig_wsgi = pytest.importorskip("apig_wsgi")
    handler = apig_wsgi.make_lambda_handler(wsgi_echo, binary_support=True)

    response = ask(gateway(front), handler, "POST", "/a/b?x=1%262", data=b"\x00\xff")

    assert (response.status, response.body) == (201, b"\x00\xff")
    assert (response.headers["x-path"], response.headers["x-query"]) == ("/a/b", "x=1%262")
    assert "amazonaws.com" in response.headers["x-host"] or ".on.aws" in response.headers["x-host"]
