"""Cross-origin requests.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html,
https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html (2026-11); for REST APIs the method that
aws/serverless-application-model, samtranslator/swagger/swagger.py adds.
"""

import pytest

from pytest_serverless.web.rules import Rules
from tests.web.asking import answer, event_of, gateway, http, refused, rest, url

SHOP = "https://shop.example.com"
ASKED = {"Origin": SHOP, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
CORS = {
    "allow_origins": [SHOP],
    "allow_methods": ["GET", "POST"],
    "allow_headers": ["authorization", "x-tenant"],
    "expose_headers": ["date"],
    "max_age": 300,
    "allow_credentials": True,
}


def cors_headers(response):
    return {name.lower(): value for name, value in response.headers.pairs if name.lower().startswith("access-control-")}


# HTTP APIs


def test_http_api_a_preflight_is_answered_without_a_route():
    response = refused(gateway(http("/items", "GET", cors=CORS)), "OPTIONS", "/items", headers=ASKED)

    assert (response.status, response.body) == (204, b"")
    assert cors_headers(response) == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,x-tenant",
        "access-control-max-age": "300",
        "access-control-allow-credentials": "true",
    }


def test_http_api_another_origin_is_granted_nothing():
    headers = {**ASKED, "Origin": "https://evil.example.com"}
    response = refused(gateway(http("/items", "GET", cors=CORS)), "OPTIONS", "/items", headers=headers)

    assert (response.status, cors_headers(response)) == (204, {})


def test_http_api_without_what_makes_a_preflight_it_is_a_request_like_any():
    gate = gateway(http("/items", "GET", cors=CORS))

    assert refused(gate, "OPTIONS", "/items", headers={"Origin": SHOP}).status == 404
    assert event_of(gateway(http(cors=CORS)), "OPTIONS", "/items", headers={"Origin": SHOP})


def test_http_api_a_default_route_with_an_authorizer_wants_it_of_preflights_too():
    assert refused(gateway(http(cors=CORS, authorizer="jwt")), "OPTIONS", "/", headers=ASKED).status == 401
    assert refused(gateway(http("/a", cors=CORS, authorizer="jwt")), "OPTIONS", "/a", headers=ASKED).status == 204


def test_http_api_configured_headers_take_the_place_of_the_function_s():
    result = {
        "statusCode": 200,
        "headers": {"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "1", "a": "b"},
    }
    response = answer(gateway(http(cors=CORS)), result, request={"headers": {"Origin": SHOP}})

    assert cors_headers(response) == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "date",
    }
    assert response.headers["a"] == "b"
    assert cors_headers(answer(gateway(http(cors=CORS)), result)) == {}


def test_http_api_without_cors_settings_the_function_s_headers_stay():
    result = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}

    assert cors_headers(answer(gateway(http()), result)) == {"access-control-allow-origin": "*"}


@pytest.mark.parametrize(
    ("allowed", "named"), [(["*"], "*"), (["https://*"], SHOP), (["http://*"], None), (["https://a", SHOP], SHOP)]
)
def test_http_api_origins_may_have_a_wildcard(allowed, named):
    gate = gateway(http(cors={"allow_origins": allowed}))
    response = answer(gate, {"statusCode": 200}, request={"headers": {"Origin": SHOP}})

    assert response.headers.get("access-control-allow-origin") == named


def test_of_several_apis_the_one_with_the_route_answers_a_preflight():
    gate = gateway(rest("/things", "GET"), http("/items", "GET", cors=CORS))

    assert refused(gate, "OPTIONS", "/items", headers=ASKED).status == 204


# REST APIs


def test_rest_the_template_s_cors_is_a_mock_method():
    settings = {"allow_origins": "'*'", "allow_headers": "'authorization'", "max_age": "'600'"}
    gate = gateway(rest("/items", "GET", cors=settings), rest("/items", "POST", cors=settings))
    response = refused(gate, "OPTIONS", "/items")

    assert (response.status, response.body) == (200, b"{}\n")
    assert cors_headers(response) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET,OPTIONS,POST",
        "access-control-allow-headers": "authorization",
        "access-control-max-age": "600",
    }


def test_rest_an_options_method_of_its_own_is_called():
    gate = gateway(rest("/items", "GET", cors=CORS), ("Options", rest("/items", "OPTIONS")))

    assert event_of(gate, "OPTIONS", "/items")["httpMethod"] == "OPTIONS"


def test_rest_the_mock_comes_before_a_method_that_takes_any():
    gate = gateway(rest("/{proxy+}", cors={"allow_origins": ["*"]}))
    response = refused(gate, "OPTIONS", "/a/b")

    assert response.headers["access-control-allow-methods"] == "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"


def test_rest_nothing_is_added_to_what_the_function_sends():
    gate = gateway(rest("/items", "GET", cors=CORS))
    response = answer(gate, {"statusCode": 200}, target="/items", request={"headers": {"Origin": SHOP}})

    assert cors_headers(response) == {}


def test_rest_without_cors_there_is_no_options_method():
    assert refused(gateway(rest("/items", "GET")), "OPTIONS", "/items", headers=ASKED).status == 403


# Function URLs


def test_function_url_a_preflight_is_answered():
    response = refused(gateway(url(cors=CORS, authorizer="iam")), "OPTIONS", "/", headers=ASKED)

    assert response.status == 200
    assert response.headers["access-control-allow-methods"] == "GET,POST"


def test_function_url_adds_the_configured_headers():
    result = {"statusCode": 200, "headers": {"access-control-allow-origin": "*"}}
    asked = {"request": {"headers": {"Origin": SHOP}}}

    headers = answer(gateway(url(cors=CORS)), result, **asked).headers
    assert headers.get_list("access-control-allow-origin") == [SHOP]
    both = answer(gateway(url(cors=CORS), rules=Rules(function_url_own_cors=True)), result, **asked).headers
    assert both.get_list("access-control-allow-origin") == ["*", SHOP]


def test_function_url_without_cors_settings_calls_the_function():
    assert event_of(gateway(url()), "OPTIONS", "/", headers=ASKED)["requestContext"]["http"]["method"] == "OPTIONS"
