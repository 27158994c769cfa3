"""A target, asked for its parts."""

import json

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.results import Target
from pytest_serverless.load.targets import Reached

SHOP = Reached(
    kind="stack",
    measured=Target(url="https://a1.example.com/prod"),
    urls={"Api": "https://a1.example.com/prod/", "Admin": "https://b2.example.com"},
    paths={"Api": "rest_api"},
    functions={"Checkout": "shop-Checkout-1a2b3c"},
)


def test_a_function_is_called_by_its_id_with_or_without_a_qualifier_by_its_name_or_by_its_arn():
    assert SHOP.function("Checkout") == "shop-Checkout-1a2b3c"
    assert SHOP.function("Checkout:live") == "shop-Checkout-1a2b3c:live"
    assert SHOP.function("shop-Checkout-1a2b3c:live") == "shop-Checkout-1a2b3c:live"
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:shop-Checkout-1a2b3c:live"
    assert SHOP.function(arn) == arn


def test_one_of_several_apis_is_asked_for_by_its_id():
    assert SHOP.url("Api") == "https://a1.example.com/prod"
    assert (SHOP.path("Api"), SHOP.path("Admin")) == ("rest_api", "http")
    with pytest.raises(InvalidParameterError, match="Say which by `api`: 'Api' or 'Admin'"):
        SHOP.url()
    with pytest.raises(UnknownNameError, match=r"no HTTP API named 'Apo'\. Did you mean 'Api'"):
        SHOP.url("Apo")
    with pytest.raises(InvalidParameterError, match="It has none"):
        Reached(kind="stack", measured=Target()).url()


def test_the_url_of_host_goes_before_the_others():
    both = Reached(
        kind="stack", measured=Target(), urls={**SHOP.urls, "": "https://api.example.com"}, paths={"": "http_api"}
    )

    assert both.url() == "https://api.example.com"
    assert both.path() == "http_api"
    assert both.url("Admin") == "https://b2.example.com"


def test_it_is_the_same_after_it_was_told_to_a_worker():
    assert Reached.from_json(json.loads(json.dumps(SHOP.as_json()))) == SHOP
