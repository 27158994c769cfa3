"""How fast a template becomes an application, and beside it AWS's own transform of it (SAM to CloudFormation).

The budget: 10 resources within 5 ms, 300 within 0.2 s, reading the file included. The transform starts from a parsed
template and leaves references unresolved.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import arguments, median_ratio, seconds_per_call, take_turns

from pytest_serverless.templates.cloudformation import build
from pytest_serverless.templates.naming import Stack
from pytest_serverless.templates.reader import read

BUDGETS_MS = {10: 5.0, 300: 200.0}

HEAD = """Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Globals:
  Function: {Runtime: python3.12, Handler: app.handler, CodeUri: ., Environment: {Variables: {STAGE: !Ref Stage}}}
Resources:
"""

UNIT = """
  Function@:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {TABLE: !Ref Table@, QUEUE: !Sub "https://example.com/${Queue@.QueueName}"}}
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Table@}
      Events:
        Get: {Type: Api, Properties: {Path: "/items@/{id}", Method: get}}
        Post: {Type: Api, Properties: {Path: /items@, Method: post}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Queue@.Arn, BatchSize: 5}}
  Table@:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Queue@:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead@.Arn, maxReceiveCount: 3}
  Dead@: {Type: AWS::SQS::Queue}
  Topic@: {Type: AWS::SNS::Topic, Properties: {Tags: [{Key: stage, Value: !Ref Stage}]}}
"""


def write(folder: Path, resources: int) -> Path:
    path = folder / f"{resources}.yaml"
    path.write_text(HEAD + "".join(UNIT.replace("@", str(number)) for number in range(resources // 5)))
    return path


def ours(path: Path) -> Callable[[], Any]:
    def call() -> Any:
        return build(read(path), path=path, stack=Stack("demo"), parameters={}, imports={}, overrides={})

    return call


def theirs(path: Path) -> Callable[[], Any] | None:
    try:
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError:
        return None
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    template = json.loads(json.dumps(read(path)))
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    return lambda: Translator({}, Parser()).translate(copy.deepcopy(template), {"Stage": "dev"})


def main() -> int:
    quick = arguments(__doc__).quick
    over = 0
    with tempfile.TemporaryDirectory() as name:
        for resources, budget in BUDGETS_MS.items():
            path = write(Path(name), resources)
            made = len(ours(path)().resources)
            rounds = (5 if quick else 25) if resources < 100 else (3 if quick else 9)
            peer = theirs(path)
            subjects = {"ours": ours(path), **({"SAM": peer} if peer and resources < 100 else {})}
            times = take_turns({key: seconds_per_call(call, 1) for key, call in subjects.items()}, rounds)
            ms = 1000 * statistics.median(times["ours"])
            over += ms > budget
            ratio = (
                f", {median_ratio(times['SAM'], times['ours']):.1f}x as fast as the transform" if "SAM" in times else ""
            )
            print(f"{resources:>4} resources ({made} written out): {ms:6.1f} ms of {budget:.0f}{ratio}")
    return over


if __name__ == "__main__":
    sys.exit(main())
