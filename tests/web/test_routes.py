"""Which route a request takes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.web.request import Request
from pytest_serverless.web.response import Response
from pytest_serverless.web.rules import Rules
from tests.web.asking import alb, event_of, gateway, http, plan, refused, resource, rest, url


def taken(gate, method, target, **request):
    planned = plan(gate, method, target, **request)
    return planned.status if isinstance(planned, Response) else planned.function_id


# REST APIs


def sibling_routes():
    """The API of localstack/localstack, tests/aws/services/apigateway/test_apigateway_common.py, held against AWS."""
    return gateway(
        ("Post", rest("/test", "POST")), ("Any", rest("/test/any")), ("Options", rest("/{proxy+}", "OPTIONS"))
    )


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("OPTIONS", "/test", "Options"),
        ("POST", "/test", "Post"),
        ("OPTIONS", "/test/any", "Any"),
        ("GET", "/test/any", "Any"),
        ("GET", "/test", 403),
    ],
)
def test_rest_the_path_decides_but_hides_no_other_methods(method, path, function):
    assert taken(sibling_routes(), method, path) == function


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/items/new", "Fixed"),
        ("/items/42", "One"),
        ("/items/42/", "One"),
        ("/items/42/parts", "All"),
        ("/items", 403),
        ("/items/", 403),
        ("/", 403),
        ("/items/a%2Fb", "One"),
    ],
)
def test_rest_the_most_specific_path_wins(path, function):
    gate = gateway(
        ("All", rest("/items/{proxy+}")), ("One", rest("/items/{id}")), ("Fixed", rest("/items/new")), ("X", rest("/x"))
    )

    assert taken(gate, "GET", path) == function


def test_rest_a_method_of_its_own_comes_before_any():
    gate = gateway(("Any", rest("/items")), ("Get", rest("/items", "GET")))

    assert taken(gate, "GET", "/items") == "Get"
    assert taken(gate, "PUT", "/items") == "Any"


def test_rest_what_has_no_route_misses_an_authentication_token():
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html (2026-11)."""
    response = refused(gateway(rest("/items", "GET")), "DELETE", "/items")

    assert response.status == 403
    assert response.body == b'{"message":"Missing Authentication Token"}'
    assert response.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert response.headers["content-type"] == "application/json"
    assert "no route for DELETE /items" in response.reason


def test_rest_the_slashes_of_a_path_are_as_recorded():
    """localstack/localstack, tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json."""
    event = event_of(gateway(rest("/{proxy+}")), "GET", "//test-path/")

    assert event["path"] == "/test-path/"
    assert event["pathParameters"] == {"proxy": "test-path"}
    assert event["requestContext"]["path"] == "/Prod//test-path/"


# HTTP APIs


def documented_routes():
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (2026-11)."""
    return gateway(
        ("Default", http()),
        ("AnyProxy", http("/{proxy+}")),
        ("PetsProxy", http("/pets/{proxy+}", "GET")),
        ("DogId", http("/pets/dog/{id}", "GET")),
        ("Dog1", http("/pets/dog/1", "GET")),
    )


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/pets/dog/1", "Dog1"),
        ("GET", "/pets/dog/2", "DogId"),
        ("GET", "/pets/cat/1", "PetsProxy"),
        ("POST", "/test/5", "AnyProxy"),
        ("POST", "/pets/dog/1", "AnyProxy"),
        ("GET", "/", "Default"),
    ],
)
def test_http_api_routes_are_taken_in_the_documented_order(method, path, function):
    assert taken(documented_routes(), method, path) == function


def test_http_api_a_full_match_comes_before_a_greedy_one():
    gate = gateway(("Greedy", http("/pets/{proxy+}")), ("Full", http("/{kind}/{id}")))

    assert taken(gate, "GET", "/pets/6") == "Full"


def test_http_api_what_has_no_route_is_not_found():
    response = refused(gateway(http("/items", "GET")), "POST", "/items")

    assert (response.status, response.body) == (404, b'{"message":"Not Found"}')
    assert len(response.headers["apigw-requestid"]) == 16


def test_http_api_a_slash_at_the_end_counts_unless_it_is_told_not_to():
    assert taken(gateway(http("/items")), "GET", "/items/") == 404
    assert taken(gateway(http("/items"), rules=Rules(http_api_trailing_slash=True)), "GET", "/items/") == "Fn"
    assert taken(gateway(http("/items/{proxy+}")), "GET", "/items/a/") == "Fn"


def test_http_api_a_path_is_decoded_before_it_is_matched():
    assert taken(gateway(http("/items/{id}")), "GET", "/%69tems/1") == "Fn"


# Any path

PATHS = st.text(st.sampled_from("/a{}+%2F?#&=. é") | st.characters(codec="utf-8"), max_size=15)


@given(PATHS, st.sampled_from(["GET", "OPTIONS", "HEAD"]))
@settings(deadline=None, max_examples=100, derandomize=True)
@pytest.mark.parametrize("front", [rest, http], ids=["rest", "http"])
def test_any_path_is_answered_or_reaches_the_function(front, path, method):
    gate = gateway(front("/a/{id}", cors={"allow_origins": ["*"]}), front("/a/{id}/{rest+}"), front("/{proxy+}", "GET"))

    planned = plan(gate, method, f"/{path}")

    assert planned.status in {200, 403, 404} if isinstance(planned, Response) else planned.function_id == "Fn"


@given(PATHS)
@settings(deadline=None, max_examples=60, derandomize=True)
@pytest.mark.parametrize("route", [url(), alb(), http(), http(payload_format="1.0")], ids=["url", "alb", "2.0", "1.0"])
def test_any_path_reaches_what_takes_all(route, path):
    assert event_of(gateway(route), "POST", f"/{path}")


# Load balancers


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/img/a.png", "Images"),
        ("/img/deep/a.png", "Images"),
        ("/v1", "Version"),
        ("/v10", "Rest"),
        ("/IMG/a.png", "Rest"),
        ("/a.b", "Rest"),
    ],
)
def test_alb_the_first_pattern_wins(path, function):
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html (2026-11)."""
    gate = gateway(("Images", alb("/img/*")), ("Version", alb("/v?")), ("Rest", alb("*")))

    assert taken(gate, "GET", path) == function


def test_alb_without_a_rule_the_default_action_answers():
    assert refused(gateway(alb("/a")), "GET", "/b").status == 404
    assert refused(gateway(alb("/a"), rules=Rules(alb_default_status=503)), "GET", "/b").status == 503
    assert taken(gateway(alb("$default")), "GET", "/b") == "Fn"


# Several APIs


def several():
    return gateway(
        ("Rest", rest("/items", "GET")),
        ("Both", rest("/both", "GET")),
        ("Http", http("/things", "GET")),
        ("HttpBoth", http("/both", "GET")),
        ("Url", url()),
    )


def test_the_api_that_has_the_route_is_asked():
    assert taken(several(), "GET", "/items") == "Rest"
    assert taken(several(), "GET", "/things") == "Http"
    assert taken(several(), "GET", "/else") == "Url"


def test_an_api_may_be_named():
    assert taken(several(), "GET", "/both", api="Http") == "HttpBoth"
    assert taken(several(), "GET", "/items", api="Http") == 404
    assert taken(several(), "GET", "/items", api="Url") == "Url"


def test_a_path_of_two_apis_asks_which():
    with pytest.raises(InvalidParameterError, match=r"/both is a path of several APIs \(Api, Http\)\. Say which: api="):
        plan(several(), "GET", "/both")


def test_an_unknown_api_is_told_with_its_near_misses():
    with pytest.raises(UnknownNameError, match="'Http'"):
        plan(several(), "GET", "/both", api="Htp")


def test_an_application_without_routes_says_so():
    with pytest.raises(InvalidParameterError, match="shop has no HTTP API"):
        gateway().plan(Request.make("GET", "/"))


# Stages and hosts


@pytest.fixture
def staged():
    return gateway(
        ("Rest", rest("/items", "GET")),
        ("Http", http("/items", "GET", stage="v1")),
        resources=[resource("Api", name="a1b2c3d4e5"), resource("Http", name="f1f2f3f4f5")],
    )


@pytest.mark.parametrize(
    ("target", "result"),
    [
        ("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/Prod/items", "Rest"),
        ("https://f1f2f3f4f5.execute-api.us-east-1.amazonaws.com/v1/items", "Http"),
        ("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/items", 403),
        ("https://f1f2f3f4f5.execute-api.us-east-1.amazonaws.com/items", 404),
    ],
)
def test_at_the_host_that_aws_gave_the_path_begins_with_the_stage(staged, target, result):
    assert taken(staged, "GET", target) == result


def test_the_stage_is_not_part_of_the_event_path(staged):
    event = event_of(staged, "GET", "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/Prod/items?a=1")

    assert event["path"] == "/items"
    assert event["requestContext"]["path"] == "/Prod/items"
    assert event["requestContext"]["apiId"] == "a1b2c3d4e5"
    assert event["headers"]["Host"] == "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
    assert event["queryStringParameters"] == {"a": "1"}


def test_a_path_alone_may_have_the_stage_or_not(staged):
    assert event_of(staged, "GET", "/Prod/items", api="Api")["path"] == "/items"
    assert event_of(staged, "GET", "/items", api="Api")["path"] == "/items"
    assert event_of(gateway(rest("/{proxy+}")), "GET", "/Prod/items")["path"] == "/Prod/items"
    assert event_of(gateway(rest("/", "GET")), "GET", "/Prod")["path"] == "/"


def test_the_root_is_behind_the_stage():
    gate = gateway(rest("/", "GET"), resources=[resource("Api")])

    assert event_of(gate, "GET", "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/Prod/")["path"] == "/"


def test_a_host_of_the_customers_shows_in_the_event():
    event = event_of(gateway(rest("/items")), "GET", "https://api.example.com/items")

    assert event["requestContext"]["domainName"] == "api.example.com"
    assert event["requestContext"]["path"] == "/items"


def test_a_foreign_host_of_aws_is_refused(staged):
    with pytest.raises(InvalidParameterError, match=r"No API of shop is at zzz\.execute-api.*Api \(a1b2c3d4e5\)"):
        plan(staged, "GET", "https://zzz.execute-api.us-east-1.amazonaws.com/Prod/items")
