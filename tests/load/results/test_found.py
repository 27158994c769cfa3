"""What searches found, in a result and its reports."""

import dataclasses
import json
from xml.etree import ElementTree as ET

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.finding import Limit, Onset, VirtualSender
from pytest_serverless.load.results import Result
from pytest_serverless.report import FORMATS, render
from tests.load.results.runs import make_run

FREE = LAMBDA.replaced({"requests_per_s_each": "inf"})


def sender(service_s=0.3):
    return VirtualSender(lambda _: service_s, function=FunctionLimits(reserved=137), limits=FREE)


@pytest.fixture(scope="module")
def limit():
    return Limit().run(sender(), "Shop")


@pytest.fixture(scope="module")
def refused():
    return Limit().run(sender(service_s=0.001), "Shop")


@pytest.fixture(scope="module")
def run():
    return make_run(limits=())


def test_what_was_found_is_kept(run, limit, refused):
    made = dataclasses.replace(run, found=(limit, refused))

    read = Result.from_json(json.loads(json.dumps(made.as_json(), allow_nan=False)))

    assert read.found == (limit, refused)
    assert read.found[0].values["concurrency_limit"].value == 137


def test_results_of_before_there_were_searches_are_read(run):
    document = run.as_json()
    del document["found"]

    assert Result.from_json(document).found == ()


@pytest.mark.parametrize("wrong", [{}, {"search": "limit"}, 3])
def test_what_is_no_finding_is_refused(run, wrong):
    with pytest.raises(InvalidParameterError, match="no whole result"):
        Result.from_json({**run.as_json(), "found": [wrong]})


def test_a_search_that_was_refused_leaves_a_run_inconclusive(run, limit, refused):
    assert dataclasses.replace(run, found=(limit,)).exit_code == 0
    assert dataclasses.replace(run, found=(limit, refused)).exit_code == 4


def test_bounds_that_are_no_closer_are_an_answer(run):
    wide = Onset(first=100, most=2000, closeness=1.01, arrivals=500).run(sender(), "Shop")
    assert wide.reasons
    assert wide.is_answered

    assert dataclasses.replace(run, found=(wide,)).exit_code == 0


def test_a_report_tells_what_was_found(run, limit):
    told = render(dataclasses.replace(run, found=(limit,)))

    assert told.startswith("VALID, no thresholds, found\n")
    (line,) = [line.split() for line in told.splitlines() if "concurrency limit" in line]
    assert line == ["Shop", "concurrency", "limit", "137", "bursts"]
    assert f"limit: {limit.requests:,} requests in {limit.steps} steps" in told


def test_a_report_tells_why_nothing_was_found(run, refused):
    told = render(dataclasses.replace(run, found=(refused,)))

    assert told.startswith("VALID, no thresholds, NOT FOUND\n")
    assert "unknown" in next(line for line in told.splitlines() if "concurrency limit" in line)
    assert "let the function take longer" in told


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "junit"])
def test_every_format_has_it(run, limit, form):
    assert "137" in render(dataclasses.replace(run, found=(limit,)), form)


def test_each_search_is_a_case_of_junit(run, limit, refused):
    suites = ET.fromstring(render(dataclasses.replace(run, found=(limit, refused)), "junit"))
    (suite,) = suites

    first, second = suite
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert (first.get("name"), list(first)) == ("limit of Shop", [])
    assert "let the function take longer" in second[0].get("message")


def test_without_a_search_nothing_is_said_of_one(run):
    assert "Found" not in render(run)
