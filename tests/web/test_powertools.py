"""The whole way through a function of Powertools for AWS Lambda: request, event, its resolver, result, response.

https://docs.powertools.aws.dev/lambda/python/latest/core/event_handler/api_gateway/ (3.37, 2026-11).
"""

import base64
import json
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.asking import alb, ask, event_of, gateway, http, rest, url

pytest.importorskip("aws_lambda_powertools")

from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    CORSConfig,
    LambdaFunctionUrlResolver,
    Response,
)
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.data_classes import (
    ALBEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    LambdaFunctionUrlEvent,
)

# Each front's catch-all route, resolver and data class.
FRONTS = {
    "rest": (rest("/{proxy+}", binary_types=("*/*",)), APIGatewayRestResolver, APIGatewayProxyEvent),
    "http": (http(), APIGatewayHttpResolver, APIGatewayProxyEventV2),
    "http-1.0": (http(payload_format="1.0"), APIGatewayRestResolver, APIGatewayProxyEvent),
    "url": (url(), LambdaFunctionUrlResolver, LambdaFunctionUrlEvent),
    "alb": (alb(), ALBResolver, ALBEvent),
    "alb-multi": (alb(multi_value_headers=True), ALBResolver, ALBEvent),
}


@pytest.fixture(params=FRONTS)
def front(request):
    return request.param


def served(front, **resolver):
    """A small application behind a front, and how to ask it."""
    route, kind, _ = FRONTS[front]
    app = kind(**resolver)

    @app.get("/items/<item>")
    def read(item: str):
        return {"id": item, "q": app.current_event.resolved_query_string_parameters.get("q")}

    @app.post("/items")
    def create():
        headers = {"Location": "/items/1"}
        return Response(201, "application/json", json.dumps({"got": app.current_event.json_body}), headers)

    @app.get("/cookies")
    def cookies():
        return Response(200, "text/plain", "", cookies=[Cookie(name="a", value="1"), Cookie(name="b", value="2")])

    @app.get("/large", compress=True)
    def large():
        return {"text": "x" * 5000}

    @app.get("/picture")
    def picture():
        return Response(200, "image/png", b"\x89PNG\xff")

    @app.post("/echo")
    def echo():
        return Response(200, "application/octet-stream", app.current_event.decoded_body.encode())

    gate = gateway(route)
    return lambda method, target, **request: ask(gate, app.resolve, method, target, **request)


def test_a_path_a_query_and_a_body_come_through(front):
    asked = served(front)

    assert asked("GET", "/items/42", params={"q": "a"}).json() == {"id": "42", "q": ["a"]}
    response = asked("POST", "/items", json={"name": "Jerry"})
    assert (response.status, response.json()) == (201, {"got": {"name": "Jerry"}})
    assert response.headers["location"] == "/items/1"


def test_what_it_has_no_route_for_is_its_404(front):
    response = served(front)("GET", "/nothing")

    assert (response.status, response.json()["statusCode"]) == (404, 404)


def test_several_cookies_are_set(front):
    if front == "alb":  # without multi-value headers there is room for one
        with pytest.warns(UserWarning, match="Sending the last cookie only"):
            assert served(front)("GET", "/cookies").cookies == {"b": "2"}
    else:
        assert served(front)("GET", "/cookies").cookies == {"a": "1", "b": "2"}


def test_a_compressed_body_comes_through(front):
    response = served(front)("GET", "/large", headers={"Accept-Encoding": "gzip"})

    assert response.headers["content-encoding"] == "gzip"
    assert len(response.body) < 500
    assert response.json() == {"text": "x" * 5000}


def test_a_binary_body_comes_through(front):
    response = served(front)("GET", "/picture", headers={"Accept": "image/png"})

    assert (response.headers["content-type"], response.body) == ("image/png", b"\x89PNG\xff")


def test_its_own_cors_headers_come_through(front):
    asked = served(front, cors=CORSConfig(allow_origin="https://a.example", max_age=60))
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    assert asked("GET", "/items/1", headers=asks).headers["access-control-allow-origin"] == "https://a.example"
    preflight = asked("OPTIONS", "/items/1", headers=asks)
    assert preflight.status == 204
    assert preflight.headers["access-control-max-age"] == "60"


# Any text


NO_CONTROLS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8).map(lambda name: f"x-{name}")
REQUESTS = st.fixed_dictionaries(
    {
        "segment": st.text(NO_CONTROLS, min_size=1, max_size=12).filter(lambda text: text not in {".", ".."}),
        "params": st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=3),
        "headers": st.dictionaries(NAMES, st.text(NO_CONTROLS, max_size=10).map(lambda v: v.strip()), max_size=3),
        "body": st.text(max_size=20),
    }
)


@pytest.mark.parametrize("name", FRONTS)
@given(REQUESTS)
@settings(deadline=None, max_examples=40, derandomize=True)
def test_whatever_is_sent_is_what_it_reads(name, sent):
    route, _, data_class = FRONTS[name]
    target = f"/items/{quote(sent['segment'], safe='')}"
    event = data_class(
        event_of(gateway(route), "POST", target, params=sent["params"], headers=sent["headers"], data=sent["body"])
    )

    assert unquote(event.path) == f"/items/{sent['segment']}"
    headers = event.headers or event.multi_value_headers
    assert {name: last(headers[name]) for name in sent["headers"]} == sent["headers"]
    assert decoded_query(name, event) == sent["params"]
    assert (event.decoded_body or "") == sent["body"]


def last(value):
    return value[-1] if isinstance(value, list) else value


def decoded_query(name, event):
    """The parameters, decoded where the front leaves that to the function, as load balancers do."""
    single, several = event.query_string_parameters, event.multi_value_query_string_parameters
    found = single or {name: last(values) for name, values in several.items()}
    return {unquote(k): unquote(v) for k, v in found.items()} if name.startswith("alb") else found


@pytest.mark.parametrize("name", FRONTS)
@given(st.binary(max_size=30))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_any_bytes_go_there_and_back(name, body):
    def echo(event, _):
        text = event.get("body") or ""
        got = base64.b64decode(text) if event["isBase64Encoded"] else text.encode()
        return {"statusCode": 200, "body": base64.b64encode(got).decode(), "isBase64Encoded": True}

    assert ask(gateway(FRONTS[name][0]), echo, "POST", "/echo", data=body).body == body
