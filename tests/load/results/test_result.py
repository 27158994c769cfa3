import dataclasses
import json
import math

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.measured import generation
from pytest_serverless.load.estimates.thresholds import METRICS, thresholds
from pytest_serverless.load.estimates.validity import judge
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.results import SCHEMA, Result, make_result, read, redacted, without, write
from pytest_serverless.report import render
from tests.load.results.runs import START_S, TARGET, make_run


@pytest.fixture(scope="module")
def run():
    return make_run()


def test_a_result_is_the_same_when_it_was_written_and_read(run, tmp_path):
    write(run, tmp_path / "run.json")
    again = read(tmp_path / "run.json")

    assert again == run
    assert again.as_json() == run.as_json()
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_an_estimate_that_is_unknown_stays_unknown(run, tmp_path):
    write(run, tmp_path / "run.json")

    unknown = read(tmp_path / "run.json").estimates["cold_starts.init"]
    assert unknown == run.estimates["cold_starts.init"]
    assert isinstance(unknown, Unknown)
    assert "logs" in unknown.note


def test_every_metric_has_an_estimate(run):
    assert {name.rpartition(".p99")[0] or name for name in run.estimates} >= METRICS.keys()


def test_estimates_are_of_the_judged_phases_alone(run):
    hold, whole = run.aggregate.cell(phase="hold"), run.aggregate.cell()

    assert run.phases == ("warm-up", "hold")
    assert run.cell == hold != whole
    assert run.dispatch.planned < run.aggregate.dispatch().planned
    assert run.estimates["throttles"].n == hold.count
    both = dataclasses.replace(run, judged=("warm-up", "hold"))
    assert both.cell.count == whole.count == run.validity.generation.answers


def test_little_s_law_agrees_with_what_was_in_flight(run):
    law = run.law
    mean = run.cell.running.mean(START_S + 12, START_S + 55)

    assert isinstance(law, Interval)
    assert law.contains(mean)
    assert law.upper < 7


def test_thresholds_are_judged_by_their_estimates(run):
    assert [each.outcome for each in run.judgements] == ["pass", "fail", "pass"]
    assert run.exit_code == 1
    assert run.judgements[1].estimate == run.estimates["latency.p99"]


def test_a_quantile_that_only_a_threshold_asks_for_is_estimated(run):
    asked = make_run(run.aggregate, limits=("latency.warm.p90 < 1s",))

    assert asked.estimates["latency.warm.p90"].upper < 1000
    assert "latency.warm.p90" not in run.estimates


def test_others_are_estimates_that_no_cell_has(run):
    lost = Interval(value=0.1, lower=0.0, upper=0.2, n=9, method="counted")

    assert make_run(run.aggregate, others={"lost": lost}).estimates["lost"] == lost


def test_secrets_of_the_address_are_not_kept(run):
    text = json.dumps(run.as_json())

    assert run.target.url == "https://shop.example.com/orders?key=***"
    assert "hunter2" not in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a:b@h.example:8443/p", "https://h.example:8443/p"),
        ("https://h/p?code=x&&b=&c", "https://h/p?code=***&b=***&c=***"),
        ("https://h/p?sig=a%26b#token=1", "https://h/p?sig=***"),
        ("http://[::1]:3000/", "http://[::1]:3000/"),
        ("https://h/?token", "https://h/?token=***"),
    ],
)
def test_addresses_are_redacted(url, kept):
    assert redacted(url) == kept


def test_secrets_that_are_named_stand_nowhere(run, tmp_path):
    leaky = dataclasses.replace(run, notes=("refused: Bearer abc.def",), git="x abc.def abc")
    write(leaky, tmp_path / "run.json", secrets=["abc.def", "", "abc"])
    text = (tmp_path / "run.json").read_text()

    assert "abc" not in text
    assert read(tmp_path / "run.json").notes == ("refused: Bearer ***",)


def test_nothing_is_made_of_a_result_with_its_secrets(run):
    leaky = dataclasses.replace(run, notes=("refused: Bearer abc.def",))
    kept = without(leaky, ["abc.def", "", "ok"])

    assert kept.notes == ("refused: Bearer ***",)
    assert dataclasses.replace(kept, notes=()) == dataclasses.replace(run, notes=())
    assert "abc.def" not in render(kept, "html") + render(kept, "text")


def test_a_newer_version_is_refused_and_says_what_to_do(run):
    newer = {**run.as_json(), "schema": SCHEMA + 1, "tool_version": "9.1"}

    with pytest.raises(InvalidParameterError, match=rf"version {SCHEMA + 1} .* written by .* 9\.1.*Upgrade"):
        Result.from_json(newer)


@pytest.mark.parametrize("given", [{}, [], "text", 3, None, {"schema": "1"}, {"schema": True}, {"schema": 0}])
def test_what_is_no_result_is_refused(given, tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(given))

    with pytest.raises(InvalidParameterError, match=r"x\.json: This is no result of a load test"):
        read(tmp_path / "x.json")


def test_every_missing_part_is_refused(run):
    whole = run.as_json()
    for name in whole.keys() - {"schema", "exit_code", "found", "differences"}:
        with pytest.raises(InvalidParameterError, match=f"no whole result.*{name}"):
            Result.from_json({key: value for key, value in whole.items() if key != name})


@pytest.mark.parametrize(
    "changed",
    [
        {"mix": 3},
        {"target": {"host": 1}},
        {"aggregate": {"version": 1}},
        {"law": []},
        {"complete": 1},
        {"started_s": "now"},
        {"started_s": 1e12},
        {"ended_s": -1.0},
        {"git": ["x"]},
        {"cost": {}},
        {"cost": {"lines": [{}], "total": "1"}},
        {"cost": {"lines": [], "total": "much"}},
    ],
)
def test_parts_that_cannot_be_are_refused(run, changed):
    with pytest.raises(InvalidParameterError, match="no whole result"):
        Result.from_json({**run.as_json(), **changed})


def test_a_threshold_of_a_metric_there_is_not_is_refused(run):
    odd = [{**run.as_json()["thresholds"][0], "threshold": "speed < 3"}]

    with pytest.raises(UnknownNameError, match="speed"):
        Result.from_json({**run.as_json(), "thresholds": odd})


def test_what_cannot_be_read_names_its_file(tmp_path):
    with pytest.raises(InvalidParameterError, match=r"nowhere\.json cannot be read: No such file"):
        read(tmp_path / "nowhere.json")
    (tmp_path / "cut.json").write_text('{"schema": 1,')
    with pytest.raises(InvalidParameterError, match=r"cut\.json is not JSON"):
        read(tmp_path / "cut.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidParameterError, match=r"binary\.json is not JSON"):
        read(tmp_path / "binary.json")


def test_a_place_that_cannot_be_written_is_told(run, tmp_path):
    with pytest.raises(InvalidParameterError, match="cannot be written"):
        write(run, tmp_path / "no" / "run.json")


def test_no_number_is_written_that_json_has_not(run, tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write(dataclasses.replace(run, round_trip_ms=math.nan), tmp_path / "run.json")
    assert not list(tmp_path.iterdir())


def test_what_lies_between_two_judged_phases_is_part_of_no_rate():
    aggregate = Aggregate()
    for phase, begins_s, per_s in (("before", 0, 10), ("rush", 60, 50), ("after", 120, 10)):
        for number in range(60 * per_s):
            due_s = START_S + begins_s + (number + 0.5) / per_s
            aggregate.plan(phase, "buy", due_s)
            aggregate.send(phase, "buy", due_s, due_s)
            aggregate.add(Observation("buy", "GET /", phase, due_s, due_s, due_s + 0.05, "ok", "", 200))
            aggregate.finish(phase, "buy")
    made = make_result(
        aggregate,
        run_id="1",
        started_s=START_S,
        ended_s=START_S + 180,
        mix={"buy": 1.0},
        target=TARGET,
        validity=judge(generation(aggregate)),
        judged=("before", "after"),
        thresholds=thresholds("throughput > 9/s"),
    )

    assert made.estimates["throughput"].value == 10
    assert made.law.value == pytest.approx(0.5, rel=0.01)
    assert str(made.judgements[0]).startswith("pass")
    assert "over 120 s" in render(made, "text")
