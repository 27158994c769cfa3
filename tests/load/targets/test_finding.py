"""Exactly one target is named, or it is said how."""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.results import Target
from pytest_serverless.load.targets import Reached, find, finding


class Started:
    """Stands for the local platform."""

    made = None

    def __init__(self, template, arguments, *, python):
        Started.made = self
        self.given = (template, arguments, python)
        self.stops = 0

    def start(self):
        return Reached(kind="local", measured=Target(provider="local"))

    def stop(self):
        self.stops += 1


@pytest.fixture
def local(monkeypatch):
    monkeypatch.setattr(finding, "LocalPlatformTarget", Started)


@pytest.fixture
def stack(monkeypatch):
    asked = []

    def reach(name, **given):
        asked.append((name, given))
        return Reached(
            kind="stack",
            measured=Target(provider="aws", region="eu-west-1"),
            urls={"Api": "https://a1.execute-api.eu-west-1.amazonaws.com/prod"},
            paths={"Api": "rest_api"},
            functions={"Fn": "shop-Fn"},
        )

    monkeypatch.setattr(finding, "reach_stack", reach)
    return asked


def test_with_nothing_named_all_ways_are():
    with pytest.raises(InvalidParameterError) as error:
        find()

    assert all(option in str(error.value) for option in ("--host", "--serverless-stack", "--serverless-local"))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"host": "https://example.com", "local": ""}, "--host and --serverless-local name 2"),
        ({"stack": "shop", "local": "template.yaml"}, "--serverless-stack and --serverless-local name 2"),
        ({"host": "https://example.com", "stack": "shop", "local": ""}, "name 3"),
    ],
)
def test_several_targets_are_refused_by_their_names(named, said, local, stack):
    with pytest.raises(InvalidParameterError, match=said):
        find(**named)

    assert not stack
    assert Started.made is None


def test_a_host_is_read_from_its_address():
    found = find(host="https://staging.example.com")

    assert found.reached.kind == "url"
    found.stop()


def test_the_local_platform_is_started_and_stopped_with_what_was_found(local):
    with find(local="", arguments="--simulate 20ms", python="/usr/bin/python3.12") as reached:
        assert reached.kind == "local"
        assert Started.made.given == (None, "--simulate 20ms", "/usr/bin/python3.12")
        assert not Started.made.stops

    assert Started.made.stops == 1
    Started.made = None


def test_arguments_of_the_local_platform_need_it(stack):
    with pytest.raises(InvalidParameterError, match="--simulate 20ms: these are for the local platform"):
        find(stack="shop", arguments="--simulate 20ms")


def test_a_stack_is_read_with_the_region_and_profile_that_are_given(stack):
    reached = find(stack="shop", region="eu-west-1", profile="staging").reached

    assert reached.kind == "stack"
    assert stack == [("shop", {"region": "eu-west-1", "profile": "staging", "session": None})]


def test_a_host_beside_a_stack_is_where_its_requests_go(stack):
    reached = find(stack="shop", host="https://api.example.com/").reached

    assert reached.kind == "stack"
    assert reached.url() == "https://api.example.com"
    assert reached.path() == "rest_api"  # the only API of the stack stands behind it
    assert reached.url("Api").endswith("/prod")
    assert reached.function("Fn") == "shop-Fn"
    assert reached.measured.url == "https://api.example.com"
    assert reached.measured.region == "eu-west-1"


def test_a_host_that_tells_what_it_is_beside_a_stack_is_taken_at_its_word(stack):
    assert find(stack="shop", host="https://d111111abcdef8.cloudfront.net").reached.path() == "cloudfront"
    assert (
        find(stack="shop", host="https://a1.execute-api.eu-west-1.amazonaws.com/prod/v1").reached.path() == "rest_api"
    )


def test_a_host_that_is_one_of_several_apis_answers_as_that_one(monkeypatch):
    urls = {"Old": "https://a1.example.com/p", "Api": "https://a1.example.com/prod", "Http": "https://b2.example.com"}
    paths = {"Api": "rest_api", "Http": "http_api", "Old": "http_api"}
    several = Reached(kind="stack", measured=Target(), urls=urls, paths=paths)
    monkeypatch.setattr(finding, "reach_stack", lambda name, **given: several)

    assert find(stack="shop", host="https://a1.example.com/prod/v1").reached.path() == "rest_api"
    assert find(stack="shop", host="https://a1.example.com/prod").reached.path() == "rest_api"
    assert find(stack="shop", host="https://b2.example.com").reached.path() == "http_api"
    own = find(stack="shop", host="https://api.example.com").reached
    assert own.path() == "http"
    assert "Nothing in the address tells" in own.notes[-1]


def test_a_bad_host_is_told_before_the_stack_is_asked_for(stack):
    with pytest.raises(InvalidParameterError, match="--host"):
        find(stack="shop", host="api.example.com")

    assert not stack


def test_an_interpreter_is_for_the_local_platform_alone():
    with pytest.raises(InvalidParameterError, match=r"--serverless-python /venv/bin/python is for the functions"):
        find(host="https://example.com", python="/venv/bin/python")
