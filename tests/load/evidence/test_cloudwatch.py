"""CloudWatch, asked through botocore's own clients: the stubber checks what is asked and what is answered."""

import json

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from pytest_serverless.errors import InvalidParameterError, ServerlessError
from pytest_serverless.load.classes import settled
from pytest_serverless.load.evidence import CloudWatch, count_log
from pytest_serverless.load.evidence import cloudwatch as module
from pytest_serverless.load.evidence.cloudwatch import COST, LAG, QUERY, log_group, policy
from pytest_serverless.load.evidence.cloudwatch_metrics import METRICS, read_metrics, request

NOON = 1_795_435_200
WINDOW = (NOON + 0.5, NOON + 89.2)


@pytest.fixture
def clients():
    session = botocore.session.Session()
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    logs, metrics = (session.create_client(name, **keys) for name in ("logs", "cloudwatch"))
    with Stubber(logs) as logs_stub, Stubber(metrics) as metrics_stub:
        yield logs, metrics, logs_stub, metrics_stub
        logs_stub.assert_no_pending_responses()
        metrics_stub.assert_no_pending_responses()


def row(id_, second, stream="s1", init=""):
    message = f"REPORT RequestId: {id_}\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 128 MB\t"
    values = {
        "@timestamp": f"2026-11-23 12:00:{second:06.3f}",
        "@logStream": stream,
        "@log": "1:/aws/lambda/shop",
        "@message": f"{message}Max Memory Used: 36 MB\t{init}\n",
    }
    return [{"field": name, "value": value} for name, value in values.items()]


def answer(rows, status="Complete"):
    return {
        "results": rows,
        "status": status,
        "statistics": {"bytesScanned": 1000.0, "recordsMatched": 1.0, "recordsScanned": 1.0},
    }


def asked(start, end):
    return {
        "logGroupNames": ["/aws/lambda/shop"],
        "startTime": start,
        "endTime": end,
        "queryString": QUERY,
        "limit": ANY,
    }


def test_the_log_of_a_run(clients):
    logs, metrics, stub, _ = clients
    waits = []
    stub.add_response("start_query", {"queryId": "q"}, asked(NOON, NOON + 90))
    stub.add_response("get_query_results", answer([], "Scheduled"), {"queryId": "q"})
    stub.add_response(
        "get_query_results", answer([row("a", 1, init="Init Duration: 80.00 ms")], "Running"), {"queryId": "q"}
    )
    stub.add_response(
        "get_query_results", answer([row("a", 1, init="Init Duration: 80.00 ms"), row("b", 2)]), {"queryId": "q"}
    )
    cloudwatch = CloudWatch(logs, metrics, sleep=waits.append)

    counts = count_log(cloudwatch.read_log([log_group("shop")], *WINDOW))

    assert (counts.known, counts.user_visible, counts.inits) == (2, 1, 1)
    assert waits == [1.0, 1.0]
    assert cloudwatch.bytes_scanned == 1000


def test_a_run_with_more_rows_than_a_query_gives_is_asked_for_in_halves(clients, monkeypatch):
    logs, metrics, stub, _ = clients
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    answers = {(0, 8): 2, (0, 4): 1, (5, 8): 2, (5, 6): 1, (7, 8): 1}
    for number, ((start, end), count) in enumerate(answers.items()):
        rows = [row(f"{start}-{n}", start) for n in range(count)]
        stub.add_response("start_query", {"queryId": str(number)}, asked(NOON + start, NOON + end))
        stub.add_response("get_query_results", answer(rows), {"queryId": str(number)})

    log = CloudWatch(logs, metrics).read_log(["/aws/lambda/shop"], NOON, NOON + 8)

    assert [each.ids[0] for each in log.invocations] == ["0-0", "5-0", "7-0"]


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout", "Unknown"])
def test_a_query_that_ends_otherwise_is_told(clients, status):
    logs, metrics, stub, _ = clients
    stub.add_response("start_query", {"queryId": "q"})
    stub.add_response("get_query_results", answer([], status))

    with pytest.raises(ServerlessError, match=f"/aws/lambda/shop ended as {status}"):
        CloudWatch(logs, metrics).read_log(["/aws/lambda/shop"], *WINDOW)


def test_a_query_without_an_end_is_given_up(clients, monkeypatch):
    logs, metrics, stub, _ = clients
    monkeypatch.setattr(module, "_POLLS", 2)
    stub.add_response("start_query", {"queryId": "q"})
    for _ in range(2):
        stub.add_response("get_query_results", answer([], "Running"))

    with pytest.raises(ServerlessError, match="without an end"):
        CloudWatch(logs, metrics, sleep=lambda _: None).read_log(["/aws/lambda/shop"], *WINDOW)


def test_what_is_not_allowed_is_raised_as_it_is(clients):
    logs, metrics, stub, _ = clients
    stub.add_client_error("start_query", "AccessDeniedException", "not authorized to perform: logs:StartQuery")

    with pytest.raises(ClientError, match="logs:StartQuery"):
        CloudWatch(logs, metrics).read_log(["/aws/lambda/shop"], *WINDOW)


def test_no_log_group_or_too_many(clients):
    logs, metrics, _, _ = clients

    for count in (0, 51):
        with pytest.raises(InvalidParameterError, match=f"1 to 50 log groups, not {count}"):
            CloudWatch(logs, metrics).read_log(["/aws/lambda/shop"] * count, *WINDOW)


def results(*functions, **points):
    """An answer: for each function, of each metric the values of two minutes."""
    from datetime import datetime, timezone

    times = [datetime.fromtimestamp(NOON + 60 * minute, tz=timezone.utc) for minute in range(2)]
    return {
        "MetricDataResults": [
            {
                "Id": f"f{number}_{name}",
                "Label": name,
                "Timestamps": times[: len(values)],
                "Values": values,
                "StatusCode": "Complete",
            }
            for number, _ in enumerate(functions)
            for name, values in points.items()
        ]
    }


def test_metrics_are_asked_for_whole_minutes_and_all_pages_are_read(clients):
    logs, metrics, _, stub = clients
    window = (NOON + 30.5, NOON + 89.2)
    parameters = request(["shop", "mail"], *window, aliases={"shop": "live"})
    first, second = results("shop", invocations=[100.0]), results("shop", invocations=[50.0, 7.0], throttles=[3.0])
    second["MetricDataResults"][0]["Timestamps"] = second["MetricDataResults"][0]["Timestamps"][::-1]
    stub.add_response("get_metric_data", {**first, "NextToken": "more"}, parameters)
    stub.add_response("get_metric_data", second, {**parameters, "NextToken": "more"})

    found = CloudWatch(logs, metrics).read_metrics(["shop", "mail"], *window, aliases={"shop": "live"})

    assert parameters["StartTime"].timestamp() == NOON
    assert parameters["EndTime"].timestamp() == NOON + 120
    assert found["shop"].total("invocations") == 157
    assert found["shop"].points["invocations"] == sorted(found["shop"].points["invocations"])
    assert found["shop"].total("throttles") == 3
    assert found["mail"].total("invocations") is None


def test_many_functions_are_asked_for_in_several_requests(clients):
    logs, metrics, _, stub = clients
    names = [f"f{number}" for number in range(100)]
    for _ in range(3):
        stub.add_response("get_metric_data", {"MetricDataResults": []})

    assert set(CloudWatch(logs, metrics).read_metrics(names, *WINDOW)) == set(names)


def test_metrics_of_provisioned_concurrency_are_those_of_its_alias():
    queries = request(["shop", "mail"], *WINDOW, aliases={"shop": "live"})["MetricDataQueries"]
    dimensions = {
        each["Id"]: {one["Name"]: one["Value"] for one in each["MetricStat"]["Metric"]["Dimensions"]}
        for each in queries
    }

    assert dimensions["f0_spill_overs"] == {"FunctionName": "shop", "Resource": "shop:live"}
    assert dimensions["f1_throttles"] == {"FunctionName": "mail"}
    assert "f1_spill_overs" not in dimensions
    assert len(set(dimensions)) == len(queries) == 2 * len(METRICS) - 3


def test_what_has_no_point_is_zero_only_where_lambda_has_spoken():
    spoken = read_metrics([results("shop", invocations=[100.0, 20.0])], ["shop"])["shop"]
    silent = read_metrics([results("shop")], ["shop"])["shop"]

    assert (spoken.total("throttles"), silent.total("throttles")) == (0.0, None)
    assert (spoken.peak("concurrency"), spoken.total("concurrency")) == (None, None)


def test_a_part_that_failed_is_told():
    partial = results("shop", invocations=[1.0])
    partial["MetricDataResults"][0]["StatusCode"] = "InternalError"

    assert read_metrics([partial], ["shop"])["shop"].is_partial
    assert not read_metrics([results("shop", invocations=[1.0])], ["shop"])["shop"].is_partial


def test_peaks():
    found = read_metrics([results("shop", concurrency=[30.0, 12.0], iterator_age_ms=[0.0, 4500.0])], ["shop"])["shop"]

    assert (found.peak("concurrency"), found.peak("iterator_age_ms")) == (30, 4500)


def test_metrics_settle_what_was_ambiguous():
    found = read_metrics([results("shop", invocations=[90.0], throttles=[7.0, 3.0], errors=[0.0])], ["shop"])["shop"]

    outcome = settled(10, throttles=found.total("throttles"), errors=found.total("errors"))

    assert (outcome.throttled_low, outcome.is_settled) == (10, True)


def test_a_stretch_of_time_that_is_none():
    with pytest.raises(InvalidParameterError, match="before it has begun"):
        request(["shop"], NOON, NOON)


def test_the_policy_allows_what_is_called_and_no_more():
    statements = json.loads(policy(["shop"], account="123456789012", region="eu-west-1"))["Statement"]

    assert {action for each in statements for action in each["Action"]} == {
        "logs:StartQuery",
        "logs:GetQueryResults",
        "logs:StopQuery",
        "cloudwatch:GetMetricData",
    }
    assert statements[0]["Resource"] == ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/shop:*"]


def test_what_it_costs_and_how_late_it_is_are_told():
    assert "$0.005" in COST
    assert "$0.01" in COST
    assert "metrics after three" in LAG
