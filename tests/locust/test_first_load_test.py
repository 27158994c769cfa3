"""The load test that `init` writes, run as it was written."""

from pytest_serverless.cli.init_load import load_file
from pytest_serverless.templates import load
from tests.locust.stage import TEMPLATE, simulated, write


def test_it_runs_against_the_local_platform_and_passes(run_locust, tmp_path):
    write(tmp_path, {"template.yaml": TEMPLATE})
    steady = load_file(load(tmp_path / "template.yaml"))

    ran = run_locust(*simulated(), "--serverless-hold", "10s", file=steady.replace('"10s"  #', '"1s"  #'))

    assert ran.code in {0, 4}, ran.out  # so few answers do not decide everything
    assert ran.result.complete
    assert list(ran.result.mix) == ["Steady"]
    assert ran.result.cell.count_of("ok") == ran.result.dispatch.planned > 50
    assert {each.threshold.metric for each in ran.result.judgements} >= {"throttles", "latency.p99"}
