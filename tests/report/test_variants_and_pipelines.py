"""What a report says of variants and of pipelines, as people read it."""

import random

import pytest

from pytest_serverless.load.pipelines import SqsSink, Tracker, estimates_of
from pytest_serverless.report import markdown, report_of, text
from tests.load.results.runs import START_S, count, make_run
from tests.load.results.variants import EAGER, LAZY, variants


def section(report, title):
    return next((each for each in report.sections if each.title == title), None)


def lines_of(found):
    return ["".join(getattr(part, "text", part) for part in line) for line in found.lines]


@pytest.fixture(scope="module")
def interleaved():
    return report_of(make_run(variants(seed=10, arrivals=300), mix={EAGER: 0.5, LAZY: 0.5}))


def test_variants_stand_beside_each_other_with_their_difference(interleaved):
    found = section(interleaved, "Variants")
    cold = next(row for row in found.rows if row[0] == "latency.cold.p50")

    assert cold[-1] == "DIFFERS"
    assert cold[3].startswith("-")
    assert cold[3].endswith(")")
    assert lines_of(found)[0] == "A is eager, B is lazy, of Shop"
    shares = next(row for row in found.rows if row[0] == "cold_starts.user_visible")
    assert "points" in shares[3]
    assert next(row for row in found.rows if row[0] == "cost_per_million")[1].endswith(" USD")


def test_differences_that_would_take_far_more_are_not_called_for(interleaved):
    called_for = lines_of(section(interleaved, "Variants"))[1:]

    assert all(int(each.partition("about ")[2].split()[0].replace(",", "")) <= 20 * 300 for each in called_for)


def test_names_of_variants_are_escaped():
    mix = {"Shop [a|b]": 0.5, "Shop [<i>]": 0.5}
    told = markdown(report_of(make_run(variants(seed=1, arrivals=60), mix=mix)))

    assert "`a|b`" in told.replace("\\|", "|")
    assert "`<i>`" in told


def test_a_run_without_variants_or_a_sink_says_nothing_of_them():
    report = report_of(make_run(count(arrivals=600)))

    assert section(report, "Variants") is None
    assert section(report, "End to end") is None


def pipeline(*, lost=0.02, deadline_s=10.0):
    draws, tracker = random.Random("report"), Tracker()
    for n in range(1000):
        tracker.sent(f"{n}", START_S + n / 10, "hold", "Uploads", deadline_s=deadline_s)
        if draws.random() >= lost and n < 999:
            tracker.seen(f"{n}", START_S + n / 10 + draws.lognormvariate(0, 0.3))
    tracker.watched("Uploads 0", START_S + 105)
    return make_run(
        count(arrivals=600),
        others=estimates_of(tracker, [SqsSink("Results")]),
        limits=["lost < 1%", "end_to_end.p50 < 2s"],
    )


def test_a_pipeline_is_told_with_what_was_lost_and_what_still_had_time():
    run = pipeline()
    found = section(report_of(run), "End to end")
    rows = {row[0]: row for row in found.rows}

    assert rows["until the effect, p50"][1].startswith(("1,0", "9"))
    assert rows["p99"][1] == "unknown"
    assert rows["lost"][2] == "951"
    assert any("it lies beyond the deadline" in each or "it may lie beyond" in each for each in lines_of(found))
    assert any("without 49 arrivals that still had time" in each for each in lines_of(found))
    assert "End to end" in text(report_of(run))


def test_thresholds_of_a_pipeline_are_judged():
    outcomes = {each.threshold.metric: each.outcome for each in pipeline(lost=0.05).judgements}

    assert outcomes == {"lost": "fail", "end_to_end.p50": "pass"}
