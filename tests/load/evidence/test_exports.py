"""Exported logs of three providers, each in the forms that their tools write; AWS's are judged by botocore's models."""

import csv
import gzip
import io
import json

import botocore.session
import pytest
from botocore.validate import validate_parameters

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.evidence import by_id, count_log, read_export, read_text

STREAM = "2026/11/23/[$LATEST]88ab219a63d343d294d0a9947e8ab36a"
START = "INIT_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:ab\n"
COLD = (
    "REPORT RequestId: a\tDuration: 100.00 ms\tBilled Duration: 500 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"
    "Init Duration: 400.00 ms\t\n"
)
WARM = (
    "REPORT RequestId: b\tDuration: 50.00 ms\tBilled Duration: 50 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n"
)
LINES = [(0, START), (500, COLD), (600, "said\n"), (900, WARM)]
NOON_MS = 1_795_435_200_000


def iso(ms, separator="T"):
    return f"2026-11-23{separator}12:00:{ms / 1000:06.3f}"


FILTERED = {
    "events": [
        {
            "logStreamName": STREAM,
            "timestamp": NOON_MS + ms,
            "message": text,
            "ingestionTime": NOON_MS,
            "eventId": str(ms),
        }
        for ms, text in LINES
    ],
    "searchedLogStreams": [],
}
GOT = {"events": [{"timestamp": NOON_MS + ms, "message": text, "ingestionTime": NOON_MS} for ms, text in LINES]}
QUERIED = {
    "results": [
        [
            {"field": "@timestamp", "value": iso(ms, " ")},
            {"field": "@logStream", "value": STREAM},
            {"field": "@log", "value": "123456789012:/aws/lambda/shop"},
            {"field": "@message", "value": text},
            {"field": "@ptr", "value": "Ci"},
        ]
        for ms, text in LINES
    ],
    "statistics": {"recordsMatched": 4.0, "recordsScanned": 4.0, "bytesScanned": 500.0},
    "status": "Complete",
}
ROWS = [{each["field"]: each["value"] for each in row} for row in QUERIED["results"]]
SUBSCRIBED = {
    "messageType": "DATA_MESSAGE",
    "owner": "123456789012",
    "logGroup": "/aws/lambda/shop",
    "logStream": STREAM,
    "logEvents": [{"id": str(ms), "timestamp": NOON_MS + ms, "message": text} for ms, text in LINES],
}


def as_csv(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize(
    ("operation", "answer"), [("FilterLogEvents", FILTERED), ("GetLogEvents", GOT), ("GetQueryResults", QUERIED)]
)
def test_our_answers_are_of_the_services_shape(operation, answer):
    model = botocore.session.get_session().get_service_model("logs")

    validate_parameters(answer, model.operation_model(operation).output_shape)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(FILTERED),
        json.dumps(GOT),
        json.dumps(QUERIED),
        json.dumps(QUERIED["results"]),
        json.dumps(ROWS, indent=1),
        "\n".join(map(json.dumps, ROWS)),
        as_csv(ROWS),
        json.dumps(SUBSCRIBED),
        "\n".join([json.dumps({**SUBSCRIBED, "logEvents": [each]}) for each in SUBSCRIBED["logEvents"]]),
        "".join(f"{iso(ms)}Z {text}" for ms, text in LINES),
        "".join(f"{iso(ms)}000+00:00 {STREAM} {text}" for ms, text in LINES),
        "".join(f"{STREAM} {iso(ms)}000 {text}" for ms, text in LINES),
    ],
    ids=[
        "filter",
        "get",
        "results",
        "results_alone",
        "rows",
        "row_lines",
        "csv",
        "subscription",
        "subscriptions",
        "s3",
        "tail",
        "sam",
    ],
)  # fmt: skip
def test_every_form_of_cloudwatch_tells_the_same(text):
    found = by_id(read_text(text).invocations)

    assert set(found) == {"a", "b"}
    assert (found["a"].waited, found["b"].waited) == (True, False)
    assert found["a"].evidence.invocation == 1
    assert found["a"].ended_s == pytest.approx(NOON_MS / 1000 + 0.5, abs=1e-3)
    assert found["b"].started_s == pytest.approx(NOON_MS / 1000 + 0.85, abs=1e-3)
    assert found["a"].evidence.init_ms == 400.0


def test_the_function_is_known_where_the_group_is():
    assert {each.function for each in read_text(json.dumps(QUERIED)).invocations} == {"shop"}
    assert {each.function for each in read_text(json.dumps(SUBSCRIBED)).invocations} == {"shop"}


def test_what_insights_finds_in_a_report_will_do():
    # Insights gives sizes in bytes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html
    rows = [
        {"@timestamp": iso(500, " "), "@requestId": "a", "@duration": "100.0", "@billedDuration": "500.0",
         "@memorySize": "1.28E8", "@maxMemoryUsed": "3.6E7", "@initDuration": "400.0"},
        {"@timestamp": iso(900, " "), "@requestId": "b", "@duration": "50.0", "@billedDuration": "50.0",
         "@memorySize": "1.28E8", "@maxMemoryUsed": "3.6E7", "@initDuration": ""},
    ]  # fmt: skip
    found = by_id(read_text(as_csv(rows)).invocations)

    assert (found["a"].waited, found["b"].waited) == (True, False)
    assert (found["a"].evidence.memory_mb, found["a"].evidence.memory_used_mb) == (128, 36)


def test_a_folder_of_an_export_to_s3(tmp_path):
    for stream, ids in (("one", "ab"), ("other", "cd")):
        (tmp_path / stream).mkdir()
        cold, warm = (
            COLD.replace("RequestId: a", f"RequestId: {ids[0]}"),
            WARM.replace("RequestId: b", f"RequestId: {ids[1]}"),
        )
        text = f"{iso(0)}Z {START}{iso(500)}Z {cold}{iso(900)}Z {warm}"
        (tmp_path / stream / "000000.gz").write_bytes(gzip.compress(text.encode()))

    log = read_export(tmp_path)

    assert {each.evidence.instance for each in log.invocations} == {"one", "other"}
    assert [count_log(log).new_instances, count_log(log).inits, count_log(log).user_visible] == [2, 2, 2]


# Azure: the columns are those of the tables `requests` and `AppRequests`.


def azure(id_, ms, *, instance="i1", duration=100.0, cold=None, impacted=None):
    more = {"InvocationId": f"inv-{id_}", "HostInstanceId": instance, "FullName": "Functions.Items"}
    more |= {"faas.coldstart": str(cold)} if cold is not None else {}
    more |= {"azure.functions.coldstart.impacted": str(impacted)} if impacted is not None else {}
    return {
        "timestamp": f"{iso(ms)}Z",
        "id": f"id-{id_}",
        "name": "Items",
        "duration": duration,
        "resultCode": "200",
        "operation_Name": "Items",
        "operation_Id": f"op-{id_}",
        "cloud_RoleInstance": "role-1",
        "customDimensions": json.dumps(more),
    }


AZURE = [
    azure("a", 0, duration=2500.0, cold=True),
    azure("b", 100, duration=2400.0, cold=False, impacted=True),
    azure("c", 5000, cold=False, impacted=False),
    azure("d", 6000, instance="i2", cold=False),
]


def pascal(row):
    names = {"timestamp": "TimeGenerated", "duration": "DurationMs", "customDimensions": "Properties",
             "operation_Id": "OperationId", "operation_Name": "OperationName", "cloud_RoleInstance": "AppRoleInstance",
             "resultCode": "ResultCode", "id": "Id", "name": "Name"}  # fmt: skip
    return {names[name]: value for name, value in row.items()}


TABLES = {
    "tables": [
        {
            "name": "PrimaryResult",
            "columns": [{"name": name, "type": "string"} for name in AZURE[0]],
            "rows": [list(row.values()) for row in AZURE],
        }
    ]
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(AZURE),
        json.dumps(TABLES),
        json.dumps([pascal(row) for row in AZURE]),
        "\n".join(json.dumps({**row, "customDimensions": json.loads(row["customDimensions"])}) for row in AZURE),
        as_csv(
            [{f"{name} [UTC]" if name == "timestamp" else name: value for name, value in row.items()} for row in AZURE]
        ),
    ],
    ids=["rows", "tables", "log_analytics", "lines", "csv"],
)
def test_every_form_of_application_insights_tells_the_same(text):
    log = read_text(text)
    found = by_id(log.invocations)

    assert {id_: found[f"op-{id_}"].waited for id_ in "abcd"} == {"a": True, "b": True, "c": False, "d": False}
    assert found["inv-a"] is found["op-a"] is found["id-a"]
    assert [found[f"op-{id_}"].evidence.invocation for id_ in "abcd"] == [1, 2, 3, None]
    assert found["op-a"].ended_s == pytest.approx(NOON_MS / 1000 + 2.5, abs=1e-3)
    assert found["op-a"].function == "Items"

    counts = count_log(log)
    assert (counts.known, counts.user_visible, counts.new_instances, counts.numbered) == (4, 2, 1, 4)


def test_a_host_that_does_not_write_cold_starts_is_no_evidence():
    log = read_text(json.dumps([azure("a", 0), azure("b", 10)]))

    missing = count_log(log, path="azure")

    assert missing.requests == 2
    assert "a host of 2025 or later" in str(missing)


# Google Cloud: entries as in https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry


def google(ms, *, instance="i1", text=None, **more):
    entry = {
        "insertId": f"x{ms}",
        "timestamp": f"{iso(ms)}123456Z",
        "labels": {"instanceId": instance} if instance else {},
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": "shop", "location": "us-central1"}},
        "logName": "projects/p/logs/run.googleapis.com%2Fvarlog%2Fsystem",
        **({"textPayload": text} if text else {}),
    }
    return {**entry, **more}


def request(ms, latency_s, trace, instance="i1", status=200):
    return google(
        ms,
        instance=instance,
        httpRequest={"requestMethod": "GET", "status": status, "latency": f"{latency_s}s"},
        trace=f"projects/p/traces/{trace}",
        logName="projects/p/logs/run.googleapis.com%2Frequests",
    )


SCALES = "Starting new instance. Reason: AUTOSCALING - Instance started due to configured scaling factors"
READY = 'Default STARTUP TCP probe succeeded after 1 attempt for container "worker" on port 8080.'
GOOGLE = [
    request(718, 28.12, "a"),
    google(739, text=SCALES),
    request(5000, 24.0, "b"),
    google(29_030, text=READY),
    request(30_000, 0.1, "c"),
    request(31_000, 0.1, "d", instance="old"),
    google(31_100, text=SCALES, instance="unused"),
]


@pytest.mark.parametrize(
    "text", [json.dumps(GOOGLE), "\n".join(map(json.dumps, reversed(GOOGLE)))], ids=["list", "lines"]
)
def test_several_requests_of_google_cloud_wait_for_one_instance(text):
    log = read_text(text)
    found = by_id(log.invocations)

    assert {id_: each.waited for id_, each in found.items()} == {"a": True, "b": True, "c": False, "d": False}
    assert [found[id_].evidence.invocation for id_ in "abcd"] == [1, 2, 3, None]
    assert found["a"].evidence.init_ms == pytest.approx(28_291)
    assert found["b"].evidence.init_ms is None
    assert found["a"].evidence.init_type == "autoscaling"

    counts = count_log(log)
    assert (counts.user_visible, counts.new_instances, counts.inits, counts.known) == (2, 1, 2, 4)


def test_an_instance_of_google_cloud_that_was_ready_is_no_wait():
    log = read_text(
        json.dumps(
            [
                google(0, text=SCALES.replace("AUTOSCALING", "MANUAL_OR_CUSTOMER_MIN_INSTANCE")),
                google(900, text=READY),
                request(5000, 0.1, "a"),
            ]
        )
    )

    assert log.invocations[0].waited is False
    assert (count_log(log).new_instances, count_log(log).ahead) == (1, 1)


def test_requests_alone_are_no_evidence():
    missing = count_log(read_text(json.dumps([request(0, 0.1, "a")])), path="cloud_run")

    assert "the system's entries included" in str(missing)


def test_executions_of_the_first_generation():
    entries = [
        google(0, text="Starting new instance. Reason: AUTOSCALING"),
        google(
            1500,
            text="Function execution took 1200 ms, finished with status code: 200",
            labels={"execution_id": "e1", "instance_id": "i1"},
        ),
    ]

    [invocation] = read_text(json.dumps(entries)).invocations

    assert (invocation.ids, invocation.evidence.duration_ms) == (("e1",), pytest.approx(1200))
    assert invocation.status == "200"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.json", b'[{"@timestamp": "2026', "is no JSON"),
        ("empty.txt", b"", "tells of no invocation"),
        ("other.json", b'[{"level": "info"}, 1]', r"tells of no invocation \(2 entries\).*filter-log-events"),
        ("bad.gz", b"not gzip", "cannot be read"),
        ("bytes.txt", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InvalidParameterError, match=said):
        read_export(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidParameterError, match=r"gone\.json cannot be read"):
        read_export(tmp_path / "gone.json")


def test_a_stretch_of_time():
    log = read_text(json.dumps(FILTERED))

    some = log.between(NOON_MS / 1000 + 0.6, NOON_MS / 1000 + 5)

    assert [each.ids for each in some.invocations] == [("b",)]
    assert some.inits == []
