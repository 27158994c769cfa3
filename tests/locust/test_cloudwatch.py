"""What CloudWatch knows of a run. A whole run with it would need an account: moto answers no queries of logs."""

from tests.locust.stage import simulated


def test_the_local_platform_has_no_cloudwatch_and_nothing_is_sent(run_locust):
    ran = run_locust(*simulated(), "--serverless-cloudwatch")

    assert ran.code == 2, ran.out
    assert "--serverless-cloudwatch: the local platform has none" in ran.out
    assert not (ran.folder / "serverless-result.json").exists()
