"""The fixture `serverless_load`: a load test as a test."""

from tests.locust.stage import SHOP, TEMPLATE, write

CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def serverless_load_settings():
    return {"options": ["--serverless-local-arguments", "--simulate 5ms --no-backends", "--serverless-max-lag", "5000"]}
"""


def prepared(pytester, test, file=SHOP):
    write(pytester.path, {"template.yaml": TEMPLATE, "loadtests/shop.py": file, "conftest.py": CONFTEST})
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:locust", "-p", "no:cacheprovider")


def test_a_measurement_has_every_metric_with_its_interval(pytester):
    result = prepared(
        pytester,
        """
        import sys

        def test_holds(serverless_load):
            run = serverless_load("loadtests/", arrival_rate=40, hold="3s")
            assert run.throttles.upper < 0.2
            assert 0 < run.cold_starts.user_visible.lower <= run.cold_starts.user_visible.upper < 0.5
            assert run.latency.p50.value > 4
            assert run["latency.warm.p50"].upper < 1000
            assert run.result.arrival_rate == 40
            assert run.passed
            assert "gevent" not in sys.modules
        """,
    )
    result.assert_outcomes(passed=1)


def test_without_evidence_there_is_no_rate(pytester):
    result = prepared(
        pytester,
        """
        import pytest
        from pytest_serverless.errors import MissingEvidenceError

        def test_holds(serverless_load):
            run = serverless_load("loadtests/", arrival_rate=40, hold="3s")
            with pytest.raises(MissingEvidenceError, match="only the platform's logs tell"):
                run.cold_starts.init
        """,
    )
    result.assert_outcomes(passed=1)


def test_an_invalid_run_raises(pytester):
    result = prepared(
        pytester,
        """
        import pytest
        from pytest_serverless.errors import MeasurementError

        def test_holds(serverless_load):
            with pytest.raises(MeasurementError, match="nothing accepted connections") as caught:
                serverless_load("loadtests/", host="http://127.0.0.1:9", options=[])
            assert not caught.value.result.complete
        """,
        SHOP.replace('call.invoke("Hello", {"n": 1})', 'call.get("/")'),
    )
    result.assert_outcomes(passed=1)


def test_what_cannot_be_run_says_why(pytester):
    result = prepared(
        pytester,
        """
        import pytest
        from pytest_serverless.errors import InvalidParameterError

        def test_holds(serverless_load):
            with pytest.raises(InvalidParameterError, match="Shop: arrival_rate"):
                serverless_load("loadtests/", arrival_rate=-1)
            with pytest.raises(InvalidParameterError, match="no locustfile"):
                serverless_load("elsewhere/")
        """,
    )
    result.assert_outcomes(passed=1)
