"""What a target sent is text in every format, and each format is what its readers take."""

import re
from xml.etree import ElementTree as ET

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.report import FORMATS, junit, render
from tests.load.results.runs import START_S, make_run

HOSTILE = "</td><script>alert(1)</script> ]]> `|`\n\n# @org/team [x](javascript:1)\x1b[2J\u202e\x00\ufffe &amp;"


@pytest.fixture(scope="module")
def hostile(run):
    aggregate = Aggregate.from_json(run.aggregate.as_json())
    for i in range(9):
        at = START_S + 20 + i
        aggregate.add(Observation("buy", HOSTILE, "hold", at, at, at + 0.1, "throttled", HOSTILE, 429))
        aggregate.add(Observation("buy", "call", HOSTILE, at, at, at + 0.1, "ok"))
    target = Target(functions=(TargetFunction(name=HOSTILE, runtime=HOSTILE),), region=HOSTILE)
    return make_run(aggregate, target=target, notes=(HOSTILE,), git=HOSTILE, run_id=HOSTILE, mix={HOSTILE: 1})


@pytest.mark.parametrize("form", FORMATS)
def test_controls_are_stripped_from_every_format(hostile, form):
    told = render(hostile, form)

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ufffe]", told)


def test_in_text_a_reason_stays_in_its_line(hostile):
    assert not any(line.startswith("#") for line in render(hostile).splitlines())


def test_in_markdown_it_is_in_code_spans_alone(hostile):
    lines = render(hostile, "markdown").splitlines()
    spanless = [re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", line) for line in lines]

    assert sum("alert" in line for line in lines) >= 6
    assert not any("alert" in line or "@org" in line or "<script" in line for line in spanless)


def test_every_markdown_table_has_rows_of_one_width(hostile):
    for table in re.findall(r"(?:^\|.*\n)+", render(hostile, "markdown"), flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_markdown_has_the_verdict_as_its_heading(run):
    told = render(run, "markdown")

    assert told.startswith("## VALID, thresholds FAILED\n\n- PASS  throttles \\< 50%, is 18.99 %")
    assert "| warm | 2,025 | 102 (102 to 103) | 119 (118 to 120) | 127 (124 to 131) |" in told
    assert "| throttled | 475 | 19.0 % | 429 | `reserved_concurrency` |" in told


def suite_of(result):
    (suite,) = ET.fromstring(junit(result).encode()).findall("testsuite")
    return suite


def test_each_threshold_is_a_case(run):
    suite = suite_of(run)
    cases = suite.findall("testcase")

    assert [case.get("name") for case in cases] == [each.threshold.text for each in run.judgements]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], []]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert cases[1][0].get("message") == "fail: latency.p99 < 90ms, is 126.7 ms (124.5 to 131.7, n = 2,026)"
    assert suite.get("timestamp") == "2027-01-15T08:00:00.000+00:00"


def test_what_is_inconclusive_fails_with_its_words(run):
    suite = suite_of(make_run(run.aggregate, limits=("latency.cold.p99 < 1s",)))

    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    assert suite.find("testcase/failure").get("message").startswith("inconclusive: latency.cold.p99 < 1s")


def test_an_invalid_run_is_an_error_whatever_its_numbers(run):
    suite = suite_of(make_run(run.aggregate, facts_of_generation={"errors": 1}))

    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "0", "3")
    assert "the measurement itself failed" in suite.find("testcase/error").get("message")


@pytest.mark.parametrize(
    ("facts", "tag"),
    [({}, None), ({"facts_of_generation": {"errors": 1}}, "error"), ({"complete": False}, "failure")],
)
def test_without_thresholds_the_measurement_itself_is_the_case(run, facts, tag):
    (case,) = suite_of(make_run(run.aggregate, limits=(), **facts)).findall("testcase")

    assert case.get("name") == "measurement"
    assert [child.tag for child in case] == ([tag] if tag else [])


def test_a_run_that_was_cut_off_is_never_green(run):
    suite = suite_of(make_run(run.aggregate, limits=("throttles < 50%",), complete=False))

    assert suite.find("testcase/failure").get("message").endswith("; inconclusive: the run was cut off")


def test_elements_and_attributes_are_those_that_pytest_writes(hostile, run, pytester):
    pytester.makepyfile(
        """
        import pytest
        def test_fails(): assert 0
        @pytest.fixture
        def broken(): raise ValueError
        def test_errs(broken): pass
        """
    )
    pytester.runpytest_inprocess("--junit-xml=theirs.xml", "-p", "no:cacheprovider")
    theirs = ET.parse(pytester.path / "theirs.xml").getroot()
    invalid = make_run(run.aggregate, facts_of_generation={"errors": 1})
    for mine in (run, hostile, invalid):
        root = ET.fromstring(junit(mine).encode())
        for element in root.iter():
            peers = list(theirs.iter(element.tag))
            assert peers, element.tag
            # The schema of xunit has `type` as well, which pytest leaves off, and before 8.3 the name of all suites.
            beside = {"type", "name"} if element.tag == "testsuites" else {"type"}
            assert element.attrib.keys() - beside <= set().union(*(peer.attrib for peer in peers))
        assert {tag.tag for tag in root.iter("testsuite")} == {"testsuite"}
        assert set(theirs.find("testsuite").attrib) == set(root.find("testsuite").attrib)
