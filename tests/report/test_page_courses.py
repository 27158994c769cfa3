"""What charts show is what was counted, however long the run was."""

import dataclasses
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.aggregates.instances import LIMIT
from pytest_serverless.load.observations import Evidence, Observation
from pytest_serverless.report import page
from pytest_serverless.report.page.bins import Bins
from pytest_serverless.report.page.courses import MOST_POINTS, charts
from pytest_serverless.report.page.drawing import phases
from tests.load.results.runs import START_S, TARGET, WARM_UP_S, make_run
from tests.report.pages import parse, sections

HOUR_S = 3600


def chart_of(result, section, most=MOST_POINTS):
    return next(chart for chart in charts(result, most) if chart.section.startswith(section))


def line_of(chart, name):
    return next(line for line in chart.lines if line.name == name)


def total(chart, name):
    values = line_of(chart, name).values
    return sum(value * chart.bins.seconds(at) for at, value in enumerate(values))


@pytest.mark.parametrize("most", [MOST_POINTS, 30, 7, 1])
def test_courses_add_up_to_what_was_counted(run, most):
    dispatch, cell = run.aggregate.dispatch(), run.aggregate.cell()
    arrivals, answers, cold = (chart_of(run, name, most) for name in ("Arrivals", "Answers", "Cold"))

    assert total(arrivals, "planned") == pytest.approx(dispatch.planned)
    assert total(arrivals, "sent") == pytest.approx(dispatch.sent)
    assert total(arrivals, "dropped") == 0
    assert total(answers, "throttled") == pytest.approx(cell.count_of("throttled"))
    assert total(answers, "warm") == pytest.approx(cell.latency["warm"].count)
    assert total(cold, "requests that waited for a start") == pytest.approx(cell.cold_starts)
    assert total(cold, "requests on a new instance") == pytest.approx(cell.new_instances)
    assert all(len(line.values) == chart.bins.count <= most for chart in (arrivals, answers) for line in chart.lines)


def test_a_course_that_was_gathered_says_so_and_keeps_the_peaks(run):
    fine, coarse = chart_of(run, "Arrivals"), chart_of(run, "Arrivals", 7)

    assert (fine.bins.width_s, coarse.bins.width_s) == (1, 10)
    assert line_of(fine, "sent").upper is None
    assert max(line_of(coarse, "sent").upper) == max(line_of(fine, "sent").values)
    assert "Of every 10 s the mean, shaded up to the most in any one second" in coarse.note
    assert "Of every" not in fine.note


def test_latency_is_that_of_each_class_in_its_stretch():
    aggregate = Aggregate(is_cold=lambda each: each.evidence.invocation == 1)
    for i in range(1, 101):
        at = START_S + i / 100
        warm = Evidence(source="probe", invocation=2)
        aggregate.add(Observation("s", "call", "hold", at, at, at + i / 1000, "ok", evidence=warm))
        aggregate.add(Observation("s", "call", "hold", at + 12, at + 12, at + 12.002, "throttled"))
    chart = chart_of(make_run(aggregate), "Latency")
    warm, throttled = line_of(chart, "warm"), line_of(chart, "throttled")

    assert [line.name for line in chart.lines] == ["warm", "throttled"]
    assert (chart.bins.width_s, chart.bins.first_s % 5) == (5, 0)
    assert warm.values == [pytest.approx(50, rel=0.008), None, None]
    assert warm.upper == [pytest.approx(95, rel=0.008), None, None]
    assert throttled.values == [None, None, pytest.approx(2, rel=0.008)]


@pytest.mark.parametrize(("slowest_s", "is_logarithmic"), [(0.02, False), (2, True)])
def test_times_far_apart_are_drawn_on_a_logarithmic_scale_which_is_said(slowest_s, is_logarithmic):
    aggregate = Aggregate()
    for took in (0.01, slowest_s):
        aggregate.add(Observation("s", "call", "hold", START_S, START_S, START_S + took, "ok"))
        aggregate.add(Observation("s", "call", "hold", START_S + 9, START_S + 9, START_S + 9.01, "ok"))
    result = make_run(aggregate)

    assert chart_of(result, "Latency").is_logarithmic is is_logarithmic
    assert ("ms (logarithmic)" in page(result)) is is_logarithmic


def test_what_was_in_flight_is_the_mean_and_the_limit_beside_it(run):
    chart, cell = chart_of(run, "Concurrency", 1), run.aggregate.cell()
    levels = list(cell.running.levels())
    (mean,), (most,) = line_of(chart, "answered by a function").values, line_of(chart, "answered by a function").upper

    assert mean == pytest.approx(sum(each.mean for each in levels) / len(levels))
    assert most == pytest.approx(cell.running.most_mean)
    assert line_of(chart, "instances seen").upper == [pytest.approx(6)]
    assert line_of(chart, "reserved concurrency").values == [6]


def test_the_limit_of_one_of_several_functions_is_not_drawn(run):
    both = dataclasses.replace(TARGET, functions=TARGET.functions * 2)

    assert "reserved concurrency" not in {
        line.name for line in chart_of(make_run(run.aggregate, target=both), "Concurrency").lines
    }


def test_a_sample_of_instances_stands_for_all_of_them():
    aggregate = Aggregate(is_cold=lambda _: None)
    for i in range(2 * LIMIT):
        evidence = Evidence(source="probe", instance=str(i))
        aggregate.add(Observation("s", "call", "hold", START_S, START_S, START_S + 1, "ok", evidence=evidence))
    chart = chart_of(make_run(aggregate), "Concurrency")

    assert max(line_of(chart, "instances seen").upper) == pytest.approx(2 * LIMIT, rel=0.05)
    assert "Estimated from a sample" in chart.note


def test_phases_are_marked_where_they_were(run):
    warm_up, hold = phases(run)

    assert (warm_up["name"], warm_up["from"], warm_up["judged"]) == ("warm-up", 0, False)
    assert (hold["name"], hold["from"], hold["judged"]) == ("hold", WARM_UP_S, True)
    assert warm_up["to"] == WARM_UP_S


def test_a_phase_lasts_as_long_as_arrivals_were_intended_in_it():
    aggregate = Aggregate()
    for intended_s, started_s in ((START_S, START_S), (START_S + 4, START_S + 9)):
        aggregate.plan("hold", "s", intended_s)
        aggregate.send("hold", "s", intended_s, started_s)

    assert phases(make_run(aggregate)) == [{"name": "hold", "from": 0, "to": 5, "judged": True}]


def test_phases_in_which_nothing_was_planned_are_where_their_requests_were():
    aggregate = Aggregate()
    aggregate.add(Observation("s", "call", "users", START_S + 3, START_S + 3, START_S + 4, "ok"))
    aggregate.add(Observation("s", "call", "users", START_S + 7, START_S + 7, START_S + 8, "ok"))

    assert phases(make_run(aggregate)) == [{"name": "users", "from": 0, "to": 5, "judged": False}]


def test_the_table_below_a_chart_has_its_values_in_few_rows(run):
    for part in sections(parse(page(run))).values():
        for figure in part.all("figure"):
            held = json.loads(figure.all("script")[0].text)
            (body,) = figure.all("tbody")
            assert 1 <= len(body.children) <= 30
            heads = [cell.text for cell in figure.all("thead")[0].all("th")]
            assert {name.partition(",")[0] for name in heads[1:]} == {
                line["name"].partition(",")[0] for line in held["lines"]
            }


def long_run():
    """An hour at 2,000 a second, written down as it would have been counted."""
    aggregate = Aggregate()
    aggregate.plan("hold", "s", START_S)
    aggregate.send("hold", "s", START_S, START_S)
    aggregate.finish("hold", "s")
    for i in range(400):
        aggregate.add(Observation("s", "call", "hold", START_S, START_S, START_S + 0.05 + i / 1000, "ok"))
    held = aggregate.as_json()
    (cell,), (dispatch,) = ([each[-1] for each in held[name]] for name in ("cells", "dispatches"))
    first = int(START_S)
    (_, *row), (_, column, times) = cell["course"][0], cell["times"][0]
    cell["course"] = [[first + at, *(5 * n for n in row)] for at in range(HOUR_S)]
    cell["times"] = [[first // 5 + at, column, times] for at in range(HOUR_S // 5)]
    cell["running"]["slots"] = [[first * 10 + at, 200, 200 * (at > 0), 0] for at in range(HOUR_S * 10)]
    dispatch["course"] = [[first + at, 2000 + at % 7, 2000, 0] for at in range(HOUR_S)]
    return make_run(Aggregate.from_json(held))


def test_a_page_of_an_hour_at_2000_a_second_stays_small():
    result = long_run()
    began = time.process_time()
    document = page(result)
    took = time.process_time() - began

    assert len(document) < 400_000
    assert took < 5
    arrivals = chart_of(result, "Arrivals")
    assert (arrivals.bins.width_s, arrivals.bins.count) == (5, 720)
    assert total(arrivals, "sent") == 2000 * HOUR_S
    assert max(line_of(arrivals, "planned").upper) == 2006


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**33), st.integers(1, 10**8), st.integers(1, 1000), st.sampled_from([1, 5]))
def test_stretches_cover_the_time_and_are_never_too_many(first, length, most, least):
    bins = Bins.over(first, first + length, most, least)

    assert 1 <= bins.count <= most
    assert bins.width_s % least == 0
    assert bins.first_s % least == 0
    assert bins.first_s <= first < bins.first_s + bins.width_s
    assert bins.first_s + bins.count * bins.width_s >= first + length
    assert bins.at(first) == 0
    assert bins.at(first + length - 1) == bins.count - 1
    assert all(0 < bins.seconds(at) <= bins.width_s for at in (0, bins.count - 1))
