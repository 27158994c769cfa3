"""A page says what the other reports say, needs nothing but itself, and lets nothing else run."""

import base64
import dataclasses
import hashlib
import json
import re

import pytest

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.finding.found import Found
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.results import ColdStartSource, Generator, Target, TargetFunction
from pytest_serverless.report import page, report_of, section
from pytest_serverless.report.document import Given
from pytest_serverless.report.escaping import plain
from pytest_serverless.report.page.drawing import figures
from tests.load.results.runs import START_S, make_run
from tests.report.pages import lines, parse, rows, sections

HOSTILE = (
    "</script><script>alert(1)</script><!-- \" onload=alert(2) ' </td>]]>\x1b\u202e\x00\u2028&amp; &lt;img src=//evil>"
)


@pytest.fixture(scope="module")
def hostile(run):
    aggregate = Aggregate.from_json(run.aggregate.as_json())
    for i in range(9):
        at = START_S + 20 + i
        aggregate.plan(HOSTILE, "buy", at)
        aggregate.drop(HOSTILE, "buy", at, HOSTILE)
        aggregate.add(Observation("buy", HOSTILE, "hold", at, at, at + 0.1, "throttled", HOSTILE, 429))
        aggregate.add(Observation("buy", "call", HOSTILE, at, at, at + 0.1, "ok"))
    target = Target(
        url=f"https://h/{HOSTILE}", functions=(TargetFunction(name=HOSTILE, runtime=HOSTILE),), provider=HOSTILE
    )
    bill = {
        "lines": [{"what": HOSTILE, "quantity": "1", "unit": HOSTILE, "amount": "1"}],
        "total": "1",
        "currency": HOSTILE,
    }
    source = ColdStartSource(sources=("probe",), cannot_say=(HOSTILE,))
    generator = Generator(machine=HOSTILE, python=HOSTILE)
    facts = {"notes": (HOSTILE,), "git": HOSTILE, "run_id": HOSTILE, "mix": {HOSTILE: 1}, "judged": ("hold", HOSTILE)}
    return make_run(aggregate, target=target, cost=bill, cold_start_source=source, generator=generator, **facts)


FOUND = Found(
    search="limit",
    scenario="buy",
    values={
        "concurrency_limit": Interval(value=6, lower=6, upper=6, n=3, method="search"),
        "throttling_from": Unknown(n=0, needed=None, note="not asked <b>"),
    },
    reasons=("it was cut off",),
    requests=99,
    steps=3,
)


def states():
    empty = {"target": Target(), "git": None, "cost": None, "round_trip_ms": None, "generator": Generator()}
    return {
        "whole": {},
        "invalid": {"facts_of_generation": {"lost_workers": 2}},
        "cut off": {"complete": False},
        "without thresholds": {"limits": ()},
        "inconclusive": {"limits": ("latency.cold.p99 < 1s",)},
        "passed": {"limits": ("throttles < 50%",)},
        "closed loop": {"generator": Generator(loop="closed")},
        "empty": {"aggregate": Aggregate(), **empty},
        "nothing judged": {"judged": ("soak",)},
        "searched": {"found": (FOUND,)},
    }


@pytest.fixture(params=states())
def any_run(request, run):
    return make_run(**{"aggregate": run.aggregate, **states()[request.param]})


def raw(cell):
    return cell.text if isinstance(cell, Given) else cell


def told(cell):
    return plain(raw(cell))


def test_every_number_is_that_of_the_other_reports(any_run):
    shown, report = sections(parse(page(any_run))), report_of(any_run)

    assert {each.title for each in report.sections} <= shown.keys()
    for each in report.sections:
        assert rows(shown[each.title]) == [tuple(map(told, row)) for row in each.rows]
        assert lines(shown[each.title]) == [plain("".join(map(raw, line)), 2000) for line in each.lines]


def test_the_verdict_comes_first_with_all_it_consists_of(any_run):
    report = report_of(any_run)
    (header,) = parse(page(any_run)).all("header")
    limits = ["  ".join(cell.text for cell in row.children[:2]) for row in header.all("tr")]

    assert header.all("h1")[0].text == report.verdict
    assert sorted([*limits, *lines(header)]) == sorted(plain("".join(map(raw, line)), 2000) for line in report.lines)
    assert len(limits) == len(any_run.judgements)


@pytest.mark.parametrize(
    ("state", "mark"),
    [("whole", "fail"), ("invalid", "invalid"), ("inconclusive", "inconclusive"), ("passed", "pass")],
)
def test_the_verdict_has_its_colour_and_every_threshold_its_own(run, state, mark):
    root = parse(page(make_run(run.aggregate, **states()[state])))

    assert root.all("section")[0].attributes["data-state"] == mark
    assert mark in {name for badge in root.all("span") if "badge" in badge.classes for name in badge.classes}


def test_below_the_verdict_stands_which_run_it_is_of(run):
    (about,) = [each.text for each in parse(page(run)).all("p") if "about" in each.classes]

    assert about == "buy 1 · https://shop.example.com/orders?key=*** · 2027-01-15 08:00:00 UTC · 60.0 s"


def test_an_invalid_run_shows_no_interval_beside_a_limit(run):
    assert len(parse(page(run)).all("svg")) == 3
    assert not parse(page(make_run(run.aggregate, **states()["invalid"]))).all("svg")


def test_the_interval_is_drawn_where_it_is(run):
    drawn = parse(page(run)).all("svg")[1]
    axis, interval, limit = drawn.all("line")
    (dot,) = drawn.all("circle")
    judgement = run.judgements[1]
    scale = (float(axis.attributes["x2"]) - float(axis.attributes["x1"])) / judgement.estimate.upper

    def value(at):
        return (float(at) - float(axis.attributes["x1"])) / scale

    assert value(limit.attributes["x1"]) == pytest.approx(90, abs=0.5)
    assert value(interval.attributes["x1"]) == pytest.approx(judgement.estimate.lower, abs=0.5)
    assert value(interval.attributes["x2"]) == pytest.approx(judgement.estimate.upper, abs=0.5)
    assert value(dot.attributes["cx"]) == pytest.approx(judgement.estimate.value, abs=0.5)


def test_what_the_run_was_judged_by_is_told_with_its_limits(run):
    validity = {row[0]: row[1:] for row in rows(sections(parse(page(run)))["Validity"])}

    assert validity["planned"] == (f"{run.validity.generation.planned:,}", "sent, dropped and unsent together")
    assert validity["lag, p99"] == ("1.00 ms", "20.0 ms")
    assert validity["busiest process's share of a core"] == ("31.0 %", "90.0 %")


def test_the_settings_of_the_target_are_told(run):
    shown = sections(parse(page(run)))

    assert rows(shown["Target's settings"]) == [
        ("shop-Checkout-1A2B", "python3.12", "arm", "512", "6", "-", "-", "-"),
    ]
    assert rows(shown["Schedule lag"])[0][:2] == ("lag", f"{run.dispatch.sent:,}")
    assert "hunter2" not in page(run)
    assert "s3cret" not in page(run)


def test_every_chart_stands_in_a_section_of_the_report(run):
    assert figures(run).keys() == {
        "Latency from the intended start, in ms",
        "Arrivals",
        "Concurrency",
        "Cold starts",
        "Answers",
    }
    for title, part in sections(parse(page(run))).items():
        assert len(part.all("figure")) == (title in figures(run))


def test_without_evidence_there_is_no_chart_of_cold_starts():
    aggregate = Aggregate()
    for i in range(100):
        at = START_S + i / 10
        aggregate.add(Observation("s", "call", "hold", at, at, at + 0.1, "ok"))
    shown = sections(parse(page(make_run(aggregate, cold_start_source=ColdStartSource()))))

    assert "evidence: none" in lines(shown["Cold starts"])
    assert not shown["Cold starts"].all("figure")
    assert not shown["Arrivals"].all("figure")
    assert shown["Answers"].all("figure")


def scripts(root):
    return [each for each in root.all("script") if "type" not in each.attributes]


def test_only_its_own_script_and_styles_may_run(hostile):
    root = parse(page(hostile))
    policy = next(each.attributes["content"] for each in root.all("meta") if "http-equiv" in each.attributes)
    directives = {name: set(values) for name, *values in (part.split() for part in policy.split(";"))}

    def hashes(elements):
        return {f"'sha256-{base64.b64encode(hashlib.sha256(e.text.encode()).digest()).decode()}'" for e in elements}

    assert directives["default-src"] == {"'none'"}
    assert directives["script-src"] == hashes(scripts(root))
    assert directives["style-src"] == hashes(root.all("style"))
    assert len(scripts(root)) == 1


def test_the_script_is_the_same_whatever_a_target_sent(run, hostile):
    assert [each.text for each in scripts(parse(page(run)))] == [each.text for each in scripts(parse(page(hostile)))]


def test_what_a_target_sent_is_text(run, hostile):
    safe, root = parse(page(run)), parse(page(hostile))

    assert names(root) <= names(safe)
    assert attributes(root) <= attributes(safe)
    assert root.text.count("alert(1)") >= 20
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]", page(hostile))


def names(root):
    return {child.name for child in walk(root)}


def attributes(root):
    return {(child.name, name) for child in walk(root) for name in child.attributes}


def walk(element):
    for child in element.children:
        if not isinstance(child, str):
            yield child
            yield from walk(child)


def test_what_a_target_sent_is_data_in_the_data(hostile):
    held = [each.text for each in parse(page(hostile)).all("script") if "type" in each.attributes]
    names = [{phase["name"] for phase in json.loads(each)["phases"]} for each in held]

    assert len(held) == 5
    assert not any(character in each for each in held for character in "<>&\u2028\u2029")
    assert all(each == {"warm-up", "hold", plain(HOSTILE, 40)} for each in names)


def test_names_of_another_direction_keep_to_themselves(run):
    root = parse(page(make_run(run.aggregate, notes=("עברית",))))

    assert [each.text for each in sections(root)["Notes"].all("bdi")] == ["עברית"]


def test_nothing_is_fetched_from_anywhere(hostile):
    document = page(hostile)
    root = parse(document)

    assert not {"src", "href", "srcset", "action", "data", "poster", "style"} & {name for _, name in attributes(root)}
    assert not any(name.startswith("on") for _, name in attributes(root))
    styles = "".join(each.text for each in root.all("style"))
    assert not re.search(r"url\(|@import|https?:|expression", styles)
    code = "".join(each.text for each in scripts(root))
    assert not re.search(
        r"\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon|\bimport\b|eval\(|new Function|innerHTML", code
    )
    assert set(re.findall(r"https?://[\w./]+", code)) == {"https://github.com/leeoniya/uPlot"}


def test_the_licence_of_what_draws_is_in_it(run):
    assert "Copyright (c) 2022 Leon Sorokin" in page(run)
    assert "The above copyright notice and this permission notice shall be included in" in page(run)


def test_a_section_has_styles_for_itself_alone_and_no_names_for_all(run):
    root = parse(section(run))
    (style,), (outer,) = root.all("style"), [each for each in root.children if not isinstance(each, str)]
    selectors = re.sub(r"/\*.*?\*/", "", style.text, flags=re.DOTALL)
    selectors = [each.strip() for rule in re.findall(r"([^{}]+)\{", selectors) for each in rule.split(",")]

    assert (outer.name, outer.classes) == ("section", ["serverless-report"])
    foreign = [each for each in selectors if not re.match(r"\.serverless-report|\.u-|\.uplot|@media|\(", each)]
    assert not foreign
    assert not any(name == "id" for _, name in attributes(root))
    assert scripts(root)[0].text.lstrip().startswith("(() =>")
    assert not root.all("meta")


def test_a_page_is_a_section_with_a_head(run):
    assert section(run) in page(run)


def test_names_that_are_no_text_at_all_are_left_off(run):
    functions = (dataclasses.replace(run.target.functions[0], name="\ud800\x00lone"),)

    assert "lone" in page(make_run(run.aggregate, target=Target(functions=functions))).encode().decode()
