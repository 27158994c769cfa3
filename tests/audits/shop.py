"""A small application, and the judgement on its permissions."""

import json
from pathlib import Path

from pytest_serverless.app.model import App, Function, Origin, Policy, Resource
from pytest_serverless.audits.least_privilege import least_privilege
from pytest_serverless.outcome import BackendCall

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"
TABLE = f"arn:aws:dynamodb:{HERE}:table/shop-Orders-1a"
QUEUE = f"arn:aws:sqs:{HERE}:shop-Jobs-1a"
DLQ = f"arn:aws:sqs:{HERE}:shop-Dlq-1a"
BUCKET = "arn:aws:s3:::shop-uploads"
TOPIC = f"arn:aws:sns:{HERE}:shop-notices"
KEY = f"arn:aws:kms:{HERE}:key/1234"
TEMPLATE = Path("template.yaml")

PUT = ("dynamodb", "PutItem", {"TableName": "shop-Orders-1a", "Item": {"pk": {"S": "1"}}})
GET = ("dynamodb", "GetItem", {"TableName": "shop-Orders-1a", "Key": {"pk": {"S": "1"}}})


def resource(name, kind, arn, **properties):
    return Resource(id=name, type=kind, name=arn.rpartition(":")[2].rpartition("/")[2], arn=arn, properties=properties)


def app(*policies, functions=None, triggers=(), role=None, more=()):
    resources = [
        resource("Orders", "AWS::DynamoDB::Table", TABLE, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}]),
        resource("Jobs", "AWS::SQS::Queue", QUEUE),
        resource("Uploads", "AWS::S3::Bucket", BUCKET),
        resource("Notices", "AWS::SNS::Topic", TOPIC),
        resource("FnRole", "AWS::IAM::Role", f"arn:aws:iam::{ACCOUNT}:role/shop-FnRole", **(role or {})),
        *more,
    ]
    return App(
        name="shop",
        provider="aws",
        template=TEMPLATE,
        functions={
            name: Function(
                id=name, name=name.lower(), provider="aws", handler="a.b", timeout_s=3, memory_mb=128, role="FnRole"
            )
            for name in functions or ["Fn"]
        },
        resources={each.id: each for each in resources},
        triggers=tuple(triggers),
        policies=policies,
    )


def policy(*statements, name="Own", principal="FnRole", **more):
    return Policy(principal=principal, name=name, statements=statements, origin=Origin(TEMPLATE, 7), **more)


def managed(arn, **more):
    return Policy(principal="FnRole", name=arn.rpartition("/")[2], statements=(), managed=arn, **more)


def allow(action, on="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def judge(application, *calls, callers=None, **more):
    invocations = callers or {"r1": "Fn"}
    journal = [
        BackendCall(time=0.0, service=service, operation=operation, parameters=parameters, request_id="r1")
        for service, operation, parameters in calls
    ]
    return least_privilege(application, journal, invocations, **more)


def statement_in(finding):
    return json.loads(finding.suggestion.partition("\n")[2])
