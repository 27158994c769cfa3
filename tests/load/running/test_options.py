"""What is said on the command line, and which scenarios run by it."""

import argparse
import os
from decimal import Decimal
from pathlib import Path

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals import Phase, Plan
from pytest_serverless.load.running.beginning import GivenScenario, begin, lasting
from pytest_serverless.load.running.options import (
    OPTIONS,
    add_options,
    caps_of,
    check_files,
    overrides_of,
    settings_of,
)
from tests.load.running.virtual import get


def parsed(*arguments, host="http://127.0.0.1:8080"):
    parser = argparse.ArgumentParser(prog="locust", exit_on_error=False)
    parser.add_argument("user_classes", nargs="*")
    parser.add_argument("--host", default=host)
    parser.add_argument("--run-time", type=int)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--master", action="store_true")
    add_options(parser.add_argument_group)
    return parser.parse_args(["--serverless-result", "", *arguments])


def written(name="Shop", **attributes):
    return GivenScenario(name=name, attributes={"arrival_rate": 10, "hold": 60, "journey": get, **attributes})


def test_every_option_is_ours_by_its_name_and_says_what_it_does():
    for options in OPTIONS.values():
        for name, given in options.items():
            assert name.startswith("--serverless-")
            assert given["help"]


def test_without_options_nothing_is_limited_and_the_result_is_written():
    options = parsed()
    options.serverless_result = "serverless-result.json"

    settings = settings_of(options)

    assert settings.result == Path("serverless-result.json")
    assert (settings.page, settings.extend_s, settings.thresholds, settings.seed) == (None, 0.0, (), 0)
    assert overrides_of(options) == {}
    assert caps_of(options).max_arrivals is caps_of(options).max_duration_s is caps_of(options).max_cost is None


def test_options_are_read():
    options = parsed(
        *("--serverless-threshold", "throttles < 1%", "--serverless-threshold", "latency.p99 < 1s"),
        *("--serverless-extend", "5m", "--serverless-max-lag", "35", "--serverless-seed", "9"),
        *("--serverless-max-cost", "$2.50", "--serverless-max-duration", "10m", "--serverless-html", "report.html"),
        *("--serverless-arrival-rate", "50", "--serverless-hold", "90s"),
    )

    settings = settings_of(options)

    assert [each.text for each in settings.thresholds] == ["throttles < 1%", "latency.p99 < 1s"]
    assert (settings.extend_s, settings.tolerances.lag_p99_ms, settings.seed) == (300.0, 35.0, 9)
    assert (settings.result, settings.page) == (None, Path("report.html"))
    assert caps_of(options).max_cost == Decimal("2.50")
    assert caps_of(options).max_duration_s == 600.0
    assert overrides_of(options) == {"arrival_rate": 50.0, "hold": "90s"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--serverless-extend", "soon"], "--serverless-extend"),
        (["--serverless-max-duration", "soon"], "--serverless-max-duration"),
        (["--serverless-max-cost", "cheap"], "--serverless-max-cost is in dollars"),
    ],
)
def test_an_option_that_cannot_be_read_is_named(arguments, said):
    options = parsed(*arguments)

    with pytest.raises(InvalidParameterError, match=said):
        settings_of(options)
        caps_of(options)


def test_files_that_could_not_be_written_are_told_before(tmp_path, monkeypatch):
    check_files(settings_of(parsed("--serverless-result", str(tmp_path / "result.json"))))

    with pytest.raises(InvalidParameterError, match=r"--serverless-result: .* there is no folder"):
        check_files(settings_of(parsed("--serverless-result", str(tmp_path / "no" / "result.json"))))
    with pytest.raises(InvalidParameterError, match=r"--serverless-html: .* is a folder"):
        check_files(settings_of(parsed("--serverless-html", str(tmp_path))))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InvalidParameterError, match="may not be written to"):
        check_files(settings_of(parsed("--serverless-result", str(tmp_path / "result.json"))))


def test_all_scenarios_run_but_those_that_wait_to_be_named():
    both = [written(), written("Search"), written("Flood", only_when_named=True)]

    assert [each.name for each in begin(parsed(), both).definitions] == ["Shop", "Search"]
    named = parsed("Flood")
    assert [each.name for each in begin(named, both[2:]).definitions] == ["Flood"]  # Locust leaves out the others


def test_where_all_wait_to_be_named_it_says_how():
    with pytest.raises(InvalidParameterError, match="Name one after the options: Shop"):
        begin(parsed(), [written(only_when_named=True)])


def test_the_command_line_changes_one_scenario():
    options = parsed("--serverless-arrival-rate", "3", "--serverless-hold", "5s")

    assert begin(options, [written()]).definitions[0].plan.planned().arrivals == 15
    with pytest.raises(InvalidParameterError, match=r"--serverless-arrival-rate is of one scenario, and 2 would run"):
        begin(options, [written(), written("Search")])


def test_the_run_time_is_how_long_all_phases_last():
    plan = begin(parsed("--run-time", "90"), [written(warm_up="30s")]).definitions[0].plan

    assert [(each.name, each.duration_s) for each in plan.phases] == [("warm-up", 30.0), ("hold", 60.0)]
    with pytest.raises(InvalidParameterError, match="--run-time is 30 s, and the phases before 'hold' take 30 s"):
        begin(parsed("--run-time", "30"), [written(warm_up="30s")])


def test_a_plan_that_is_cut_or_drawn_out_keeps_its_mix():
    plan = Plan.steady(10, 10, pattern="uniform", mix={"browse": 4, "buy": 1})

    assert lasting(plan, 25.0).duration_s == 25.0
    assert lasting(plan, 2.0).planned().arrivals == 20
    assert lasting(plan, 2.0).mix == plan.mix


@pytest.mark.parametrize(
    "phases",
    [
        [Phase.hold(10, "10s"), Phase.ramp(10, 0, "5s")],
        [Phase.hold(10, "10s"), Phase.ramp(10, 20, "5s", judged=True)],
        [Phase.hold(10, "10s"), Phase.hold(10, "5s", name="after", judged=False)],
        [Phase.bursts(10, "10s", every="1s")],
    ],
    ids=["ramp", "judged ramp", "not judged", "bursts"],
)
def test_only_a_rate_that_is_kept_and_judged_goes_on(phases):
    given = GivenScenario(name="Shop", attributes={"phases": phases, "journey": get})

    with pytest.raises(InvalidParameterError, match="--serverless-extend goes on with the last phase"):
        begin(parsed("--serverless-extend", "60s"), [given])
    begin(parsed(), [given])


def test_scenarios_that_end_at_different_times_cannot_go_on():
    both = [written(), written("Search", hold=30)]

    with pytest.raises(InvalidParameterError, match="Shop and Search end at different times"):
        begin(parsed("--serverless-extend", "60s"), both)


def test_what_going_on_would_come_to_is_within_the_caps():
    options = parsed("--serverless-extend", "60s", "--serverless-max-arrivals", "1000")

    with pytest.raises(InvalidParameterError, match="about 1,200 arrivals are planned"):
        begin(options, [written()])
