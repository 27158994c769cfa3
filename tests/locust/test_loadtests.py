"""Each scenario of `loadtests/` runs as it stands, and tells what it is for."""

import importlib.util
import time

import pytest

from pytest_serverless.load.probes import probe_file
from tests.locust.loadtests import APPS, LOADTESTS, ROOT, against, kinds, simulated
from tests.locust.stage import wait


@pytest.fixture
def run(run_locust):
    """Run scenarios: `run(*against("orders"), "Burst", LOAD_BURST="5")`."""

    def run_one(*arguments, **variables):
        ran = run_locust(*arguments, loadtests=f"{LOADTESTS}/", env=variables)
        assert (ran.folder / "serverless-result.json").is_file(), ran.out
        return ran

    return run_one


def test_the_folder_alone_is_a_steady_rate_of_http(run):
    rate = ["--serverless-arrival-rate", "5", "--serverless-hold", "3s"]
    ran = run(*against("cold_start", "--no-backends"), *rate)

    assert ran.result.mix.keys() == {"SteadyHttp"}
    assert ran.result.cold_start_source.sources == ("probe",)
    assert kinds(ran.result) == {"ok"}
    assert ran.code in (0, 4), ran.out


def test_a_function_is_invoked_with_the_event_of_its_gateway(run):
    ran = run(*against("orders"), "--serverless-arrival-rate", "2", "--serverless-hold", "3s", "LambdaInvoke")

    assert ran.result.cold_start_source.sources == ("report",)
    assert kinds(ran.result) == {"ok"}, ran.out
    assert ran.code in (0, 1, 4), ran.out


def test_a_burst_begins_as_many_instances_as_it_has_requests(run):
    ran = run(*against("orders", simulated("2s")), "--run-time", "4", "Burst")

    assert ran.result.estimates["cold_starts.user_visible"].value == 1
    assert ran.result.estimates["throttles"].value == 0
    assert ran.result.cell.count == 20


def test_the_limit_is_found(run):
    ran = run(*against("orders", simulated("1s", "--limit account_concurrency=7")), "FindLimit", LOAD_MOST="20")

    assert ran.result.found[0].values["concurrency_limit"].value == 7
    assert ran.code == 0, ran.out


def test_a_search_for_the_onset_keeps_what_it_saw_until_it_is_stopped(start_locust, tmp_path):
    platform = simulated("200ms", "--limit account_concurrency=1")
    process = start_locust(*against("orders", platform), "FindOnset", loadtests=f"{LOADTESTS}/")
    while "onset: " not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(3)
    process.terminate()
    ran = wait(process, tmp_path)

    assert not ran.result.complete
    assert ran.result.cold_start_source.sources == ("report",)
    assert kinds(ran.result) >= {"ok", "throttled"}


def test_a_ramp_shows_what_throttles_and_whom_it_spares(run):
    platform = simulated("500ms", "--limit account_concurrency=4")
    ran = run(*against("orders", platform), "--run-time", "6", "UntilThrottled", LOAD_MOST="50")

    cell = ran.result.cell
    assert cell.count_of("throttled") > cell.count_of("ok") > 4
    assert cell.count_of("throttled", "account_concurrency") == cell.count_of("throttled")


def test_messages_are_followed_to_the_table(run):
    ran = run(*against("orders"), "--run-time", "5", "MessageToTable")

    assert ran.result.estimates["lost"].value == 0
    assert ran.result.estimates["lost"].n > 5


@pytest.mark.skipif(importlib.util.find_spec("PIL") is None, reason="needs Pillow: make load")
def test_objects_are_followed_to_the_other_bucket(run):
    ran = run(*against("image_pipeline"), "--run-time", "5", "ObjectToCopies")

    assert ran.result.estimates["lost"].value == 0
    assert ran.result.estimates["lost"].n > 2


def test_two_workers_measure_what_one_process_does(run):
    """A burst, of which as many are served as there is room for, whatever the speed of this machine."""
    arguments = [*against("orders", simulated("2s", "--limit account_concurrency=8")), "--run-time", "12", "Burst"]
    one, two = run(*arguments), run("--processes", "2", *arguments)

    assert two.result.generator.workers == 2
    for metric in ("throttles", "cold_starts.user_visible"):
        found, again = one.result.estimates[metric], two.result.estimates[metric]
        assert found.lower <= again.value <= found.upper
        assert again.lower <= found.value <= again.upper
    assert one.result.estimates["throttles"].value == 0.6
    assert one.result.estimates["cold_starts.user_visible"].value == 0.5


def test_two_workers_measure_the_same_rates_of_random_arrivals(run):
    """Instances end at random while idle, and there is often no room: both rates are far from 0."""
    platform = simulated("200ms", "--limit account_concurrency=6", "--simulate-idle exponential:mean=300ms")
    arguments = [*against("orders", platform), "--serverless-hold", "10s", "LambdaInvoke"]
    one, two = run(*arguments), run("--processes", "2", *arguments)

    for metric in ("throttles", "cold_starts.user_visible"):
        found, again = one.result.estimates[metric], two.result.estimates[metric]
        assert found.value > 0.02
        assert max(found.lower, again.lower) <= min(found.upper, again.upper), f"{metric}: {found}, {again}"


def test_a_test_runs_them_too(pytester):
    pytester.makepyfile(
        f"""
        def test_there_is_room(serverless_load):
            options = [{f"--serverless-local-arguments={simulated('2s')}"!r}, "--run-time", "4"]
            run = serverless_load({str(LOADTESTS)!r}, "Burst", local={str(APPS / "orders")!r}, options=options)
            assert run.throttles.value == 0
            assert run.cold_starts.user_visible.value == 1
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:locust", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)


def test_the_sample_has_the_probe_of_today():
    copied = APPS / "cold_start/src/serverless_probe.py"
    assert copied.read_text() == probe_file("python").read_text()


def test_scenarios_are_a_few_lines_each():
    for file in LOADTESTS.glob("*.py"):
        text = file.read_text()
        assert "loadtests/ --" in text, f"{file.relative_to(ROOT)} says how it is run"
        assert len(text.splitlines()) <= 60
