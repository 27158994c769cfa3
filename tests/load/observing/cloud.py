"""An AWS account to ask: real clients of botocore, which check every request and answer by their models.

What it answers is what the service does: log lines and metrics appear some time after what they tell of, a query runs
for a while, reads what matches and gives so many rows at most, and is refused by the errors of the real one.
"""

import re
from datetime import datetime, timezone
from functools import cache

import botocore.session
from botocore import xform_name
from botocore.validate import validate_parameters

from pytest_serverless.load.observing.clients import Clients

NOON = 1_795_435_200.0
ACCOUNT = "123456789012"
_PLATFORM = re.compile(r"^(REPORT RequestId|INIT_START|INIT_REPORT|RESTORE_START)")


class Http:
    def __init__(self, status_code):
        self.status_code = status_code


class Cloud:
    """`now` is its clock, which `sleep` moves on."""

    def __init__(self, now, *, region="eu-west-1"):
        self.now = now
        self.slept = []
        self.region = region
        self.functions = {}
        self.kept_ready = {}
        self.lines = []
        self.points = []
        self.groups = set()
        self.errors = {}
        self.asked = []
        self.polls = 1
        self.log_lag_s = 20.0
        self.metric_lag_s = 90.0
        self._queries = {}

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def told_at(self):
        return self.now

    def clients(self):
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": self.region}
        made = [_session().create_client(name, **keys) for name in ("logs", "cloudwatch", "lambda")]
        for client in made:
            client.meta.events.register("before-parameter-build", _keep)
            client.meta.events.register("before-call", self._answer)
        return Clients(logs=made[0], metrics=made[1], functions=made[2], region=self.region)

    # What there is.

    def function(self, name, *, group=None, level=None, **config):
        self.groups.add(group or f"/aws/lambda/{name}")
        logging = {"LogFormat": "JSON" if level else "Text", "LogGroup": group or f"/aws/lambda/{name}"}
        if level:
            logging["SystemLogLevel"] = level
        settings = {"Runtime": "python3.12", "MemorySize": 128, "Architectures": ["x86_64"], "LoggingConfig": logging}
        self.functions[name] = {"FunctionName": name, **settings, **config}

    def log(self, group, stream, at_s, message):
        self.lines.append((at_s, group, stream, message))

    def invoke(self, name, stream, at_s, *, ms=100.0, init_ms=None, id_=None):
        """Write what one invocation writes that has ended at that time."""
        group = self.functions[name]["LoggingConfig"]["LogGroup"]
        if group != f"/aws/lambda/{name}":
            stream = f"2026/11/23/{name}[$LATEST]{stream}"
        else:
            stream = f"2026/11/23/[$LATEST]{stream}"
        began_s = at_s - ms / 1e3 - (init_ms or 0.0) / 1e3
        if init_ms is not None:
            self.log(group, stream, began_s, "INIT_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn:x\n")
        id_ = id_ or f"id-{len(self.lines)}"
        self.log(group, stream, at_s - ms / 1e3, f"START RequestId: {id_} Version: $LATEST\n")
        init = f"Init Duration: {init_ms:.2f} ms\t" if init_ms is not None else ""
        billed = round(ms + (init_ms or 0.0))
        report = f"REPORT RequestId: {id_}\tDuration: {ms:.2f} ms\tBilled Duration: {billed} ms\tMemory Size: 128 MB\t"
        self.log(group, stream, at_s, f"{report}Max Memory Used: 36 MB\t{init}\n")
        self.count(name, "Invocations", began_s)
        self.count(name, "Errors", began_s, 0.0)

    def count(self, function, metric, at_s, value=1.0, resource=None):
        self.points.append((at_s, function, resource, metric, value))

    def fail(self, operation, code, message="", *, times=None):
        self.errors[operation] = [code, message or f"{code}.", times]

    # What it answers.

    def _answer(self, model, context, **_):
        operation = model.name
        self.asked.append(operation)
        if operation in self.errors:
            code, message, times = self.errors[operation]
            if times != 0:
                self.errors[operation][2] = None if times is None else times - 1
                return _refused(code, message)
        return getattr(self, f"_{xform_name(operation)}")(context["given"], model)

    def _start_query(self, given, model):
        for group in given["logGroupNames"]:
            if group not in self.groups:
                said = f"Log group '{group}' does not exist for account ID '{ACCOUNT}' (Service: AWSLogs)"
                return _refused("ResourceNotFoundException", said)
        id_ = f"q{len(self._queries)}"
        self._queries[id_] = [given, self.polls]
        return _told(model, {"queryId": id_})

    def _get_query_results(self, given, model):
        query = self._queries[given["queryId"]]
        found, size = self._matching(query[0])
        query[1] -= 1
        status = "Running" if query[1] >= 0 else "Complete"
        statistics = {"bytesScanned": size, "recordsMatched": float(len(found)), "recordsScanned": 1.0}
        return _told(model, {"results": found, "status": status, "statistics": statistics})

    def _matching(self, query):
        rows, size = [], 0.0
        for at_s, group, stream, message in sorted(self.lines):
            is_there = at_s + self.log_lag_s <= self.now and query["startTime"] <= at_s < query["endTime"] + 1
            if group not in query["logGroupNames"] or not is_there:
                continue
            size += len(message)
            if not (_PLATFORM.match(message) or '"type": "platform.' in message):
                continue
            moment = datetime.fromtimestamp(at_s, timezone.utc)
            row = {
                "@timestamp": f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}",
                "@logStream": stream,
                "@log": f"{ACCOUNT}:{group}",
                "@message": message,
                "@ptr": "Cl0K",
            }
            rows.append([{"field": name, "value": value} for name, value in row.items()])
        return rows[: query["limit"]], size

    def _get_metric_data(self, given, model):
        results = [self._metric(query, given) for query in given["MetricDataQueries"]]
        return _told(model, {"MetricDataResults": results, "Messages": []})

    def _metric(self, query, given):
        stat = query["MetricStat"]
        wanted = {each["Name"]: each["Value"] for each in stat["Metric"]["Dimensions"]}
        first, last = (given[name].timestamp() for name in ("StartTime", "EndTime"))
        minutes = {}
        for at_s, function, resource, metric, value in self.points:
            minute = at_s // 60 * 60
            is_there = at_s + self.metric_lag_s <= self.now and first <= minute < last
            is_it = (function, resource, metric) == (
                wanted["FunctionName"],
                wanted.get("Resource"),
                stat["Metric"]["MetricName"],
            )
            if is_it and is_there:
                minutes.setdefault(minute, []).append(value)
        summed = {minute: sum(each) if stat["Stat"] == "Sum" else max(each) for minute, each in minutes.items()}
        return {
            "Id": query["Id"],
            "Label": query["Label"],
            "Timestamps": [datetime.fromtimestamp(minute, timezone.utc) for minute in sorted(summed)],
            "Values": [summed[minute] for minute in sorted(summed)],
            "StatusCode": "Complete",
        }

    def _get_function_configuration(self, given, model):
        name = given["FunctionName"]
        if name not in self.functions:
            arn = f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{name}"
            return _refused("ResourceNotFoundException", f"Function not found: {arn}")
        return _told(model, self.functions[name])

    def _list_provisioned_concurrency_configs(self, given, model):
        name = given["FunctionName"]
        arn = f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{name}"
        configs = [{"FunctionArn": f"{arn}:{alias}"} for alias in self.kept_ready.get(name, ())]
        return _told(model, {"ProvisionedConcurrencyConfigs": configs})


@cache
def _session():
    return botocore.session.Session()


def _keep(params, context, **_):
    """Keep what is asked as the caller gave it: protocols write it in ways of their own."""
    context["given"] = dict(params)


def _told(model, answer):
    report = validate_parameters(answer, model.output_shape)
    assert report is None
    return Http(200), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}


def _refused(code, message):
    return Http(400), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
