"""The document, and what exported logs of each provider come to in it."""

import json

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.observing import Window, is_observed, observe_exports, read_observed
from pytest_serverless.load.observing.observed import ObservedStack
from pytest_serverless.load.results.files import write_json
from tests.load.observing.cloud import NOON


@pytest.fixture
def observed(cloud, observe):
    for number in range(100):
        init_ms = 200.0 if number < 4 else None
        cloud.invoke("shop", f"{number % 4}", NOON + 1 + number / 2, init_ms=init_ms)
    cloud.count("shop", "Throttles", NOON + 1, 3.0)
    return observe(thresholds=[Threshold.parse("throttles < 50%")])


def test_a_document_is_read_as_it_was_written(observed, tmp_path):
    write_json(observed.as_json(), tmp_path / "seen.json")

    read = read_observed(tmp_path / "seen.json")

    assert read == observed
    assert read.as_json() == observed.as_json()
    assert read.log is None
    assert read.exit_code == 0


def test_a_document_is_plain_json_without_numbers_that_are_none(observed):
    json.dumps(observed.as_json(), allow_nan=False)


@pytest.mark.parametrize("given", [{"schema": 1}, {}, [], 3, {"kind": "result"}])
def test_what_is_no_observation(given, tmp_path):
    write_json(given, tmp_path / "other.json")

    assert not is_observed(given)
    with pytest.raises(InvalidParameterError, match=r"other.json is no observation"):
        read_observed(tmp_path / "other.json")


def test_a_newer_version_is_refused(observed):
    with pytest.raises(InvalidParameterError, match="version 2 of the schema, and version 1 can be read here"):
        ObservedStack.from_json({**observed.as_json(), "schema": 2})


def test_part_of_one_is_refused(observed):
    given = observed.as_json()
    del given["estimates"]

    with pytest.raises(InvalidParameterError, match="no whole observation: KeyError: 'estimates'"):
        ObservedStack.from_json(given)


def test_a_sum_is_known_only_where_every_function_told(cloud, observe):
    cloud.function("idle")
    cloud.invoke("shop", "a", NOON + 1)

    assert observe("shop").total("errors") == 0.0
    assert observe("shop", "idle").total("errors") is None


# Exports.


def lines(count=20):
    """Lines as `aws logs tail` prints them: one instance, its first request a cold one."""
    stream = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
    for number in range(count):
        init = "\tInit Duration: 300.00 ms" if not number else ""
        report = f"REPORT RequestId: r{number}\tDuration: 50.00 ms\tBilled Duration: 50 ms\tMemory Size: 256 MB\t"
        yield f"2026-11-23T12:00:{number:02}.500Z {stream} {report}Max Memory Used: 40 MB{init}"


def cloud_run(count=20, *, throttled=3):
    """Entries of Cloud Run: an instance that starts, requests that it serves, and some that none does."""
    name = {"service_name": "shop"}
    resource = {"type": "cloud_run_revision", "labels": name}
    start = {"insertId": "s", "timestamp": "2026-11-23T12:00:00Z", "resource": resource, "labels": {"instanceId": "i"}}
    yield {**start, "textPayload": "Starting new instance. Reason: AUTOSCALING - Instance started due to traffic."}
    yield {**start, "timestamp": "2026-11-23T12:00:01Z", "textPayload": "STARTUP TCP probe succeeded after 1 attempt"}
    for number in range(count + throttled):
        served = number < count
        yield {
            "insertId": str(number),
            "timestamp": f"2026-11-23T12:00:{number:02}.500Z",
            "resource": resource,
            "labels": {"instanceId": "i"} if served else {},
            "httpRequest": {"status": 200 if served else 429, "latency": "0.05s"},
        }


def test_lines_of_lambda(tmp_path):
    (tmp_path / "shop.log").write_text("\n".join(lines()))

    observed = observe_exports([tmp_path / "shop.log"])

    assert (observed.invocations, observed.inits) == (20, 1)
    assert observed.estimates["cold_starts.user_visible"].value == 0.05
    assert isinstance(observed.estimates["throttles"], Unknown)
    assert "the platform's metrics tell of it" in observed.estimates["throttles"].note
    assert {line["what"]: line["quantity"] for line in observed.cost["lines"]}["requests"] == "20"
    assert observed.queried is None
    assert observed.to_s - observed.from_s == pytest.approx(19.05 + 0.3, abs=0.01)


def test_requests_that_no_instance_of_cloud_run_served_are_throttles(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(list(cloud_run())))

    observed = observe_exports([tmp_path / "run.json"])

    assert observed.invocations == 20
    assert observed.estimates["throttles"].value == pytest.approx(3 / 23)
    assert [(each.name, each.invocations) for each in observed.functions] == [("shop", 20)]
    assert observed.cost is None
    assert "What it cost is not known: no log line says what was billed." in observed.notes


def test_requests_to_azure_functions(tmp_path):
    rows = [
        {
            "timestamp": f"2026-11-23T12:00:{number:02}Z",
            "id": str(number),
            "name": "Items",
            "duration": 100.0,
            "operation_Id": f"op-{number}",
            "operation_Name": "Items",
            "customDimensions": json.dumps({"HostInstanceId": "i", "faas.coldstart": str(not number)}),
        }
        for number in range(20)
    ]
    (tmp_path / "requests.json").write_text(json.dumps(rows))

    observed = observe_exports([tmp_path / "requests.json"])

    assert observed.estimates["cold_starts.user_visible"].value == 0.05
    assert observed.estimates["cold_starts.new_instance"].n == 20


def test_several_files_and_a_stretch_of_their_time(tmp_path):
    (tmp_path / "a.log").write_text("\n".join(lines()))
    (tmp_path / "b.json").write_text(json.dumps(list(cloud_run(throttled=0))))
    paths = [tmp_path / "a.log", tmp_path / "b.json"]

    assert observe_exports(paths).invocations == 40
    assert observe_exports(paths, Window(NOON, NOON + 10)).invocations == 20


def test_files_that_tell_nothing_of_that_time(tmp_path):
    (tmp_path / "a.log").write_text("\n".join(lines()))

    with pytest.raises(InvalidParameterError, match=r"no invocation from 2026-11-23 13:.* is from 2026-11-23 12:00:00"):
        observe_exports([tmp_path / "a.log"], Window(NOON + 3600, NOON + 3660))
