"""Judge every AWS event of the catalog by @types/aws-lambda, as `const event: SQSEvent = {…}` under `tsc --strict`.

TypeScript refuses missing keys, wrong types and, in a literal, keys that the type does not know. Where node is missing
the check is skipped, and says so.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pytest_serverless import events

PACKAGES = ("typescript@5.9.3", "@types/aws-lambda@8.10.164")
FOLDER = Path(__file__).parents[1] / ".venv/tsc"

# The type of an event by the longest beginning of its name.
TYPES = {
    "aws.alb": "L.ALBEvent",
    "aws.apigateway.http_v1": "L.APIGatewayProxyEvent",
    "aws.apigateway.http_v2": "L.APIGatewayProxyEventV2",
    "aws.apigateway.rest": "L.APIGatewayProxyEvent",
    "aws.dynamodb": "L.DynamoDBStreamEvent",
    "aws.eventbridge": "L.EventBridgeEvent<string, any>",
    "aws.eventbridge.schedule": "L.ScheduledEvent",
    "aws.function_url": "L.LambdaFunctionURLEvent",
    "aws.kinesis": "L.KinesisStreamEvent",
    "aws.logs": "L.CloudWatchLogsEvent",
    "aws.s3": "L.S3Event",
    "aws.sns": "L.SNSEvent",
    "aws.sqs": "L.SQSEvent",
}

# Where the types are stricter or narrower than what the platform sends, the difference alone is let through.
LOOSER = {
    "aws.s3.intelligent_tiering": ("S3<'size', { intelligentTieringEventData: unknown }>", "S3Event lacks its data"),
    "aws.s3.lifecycle_expiration": ("S3<'size' | 'eTag'>", "S3Event demands the size and eTag of what is gone"),
    "aws.s3.lifecycle_transition": ("S3<never, { lifecycleEventData: unknown }>", "S3Event lacks its data"),
    "aws.s3.object_acl": ("S3<'size' | 'sequencer'>", "S3Event demands a size and sequencer that it has not"),
    "aws.s3.object_removed": ("S3<'size' | 'eTag'>", "S3Event demands the size and eTag of what is gone"),
    "aws.s3.object_retention": ("S3<'sequencer', { objectRetentionEventData: unknown }>", "S3Event lacks its data"),
    "aws.s3.object_tagging": ("S3<'size' | 'sequencer'>", "S3Event demands a size and sequencer that it has not"),
    "aws.s3.replication": ("S3<never, { replicationEventData: unknown }>", "S3Event lacks its data"),
}

UNTYPED = {
    "aws.lambda": "@types/aws-lambda has no type for the record that a destination gets",
    "aws.s3.test_event": "@types/aws-lambda has no type for s3:TestEvent",
}

# S3<A, B>: an S3Event whose objects may lack the keys A, and whose records have B besides.
PREAMBLE = """\
import type * as L from "aws-lambda";
type Record = L.S3EventRecord;
type Item = Record["s3"]["object"];
type S3<Missing extends keyof Item = never, More = {}> = { Records: (Omit<Record, "s3"> & More & { s3:
  Omit<Record["s3"], "object"> & { object: Omit<Item, Missing> & Partial<Pick<Item, Missing>> } })[] };
"""


def longest(table: dict[str, object], name: str) -> str | None:
    """Return the longest key that the name begins with, whole parts only."""
    return max((key for key in table if f"{name}.".startswith(f"{key}.")), key=len, default=None)


def samples() -> Iterator[tuple[str, events.EventType, dict[str, object]]]:
    """Yield each AWS event type as it is by default, and with every choice of its parameters that have some."""
    for event_type in events.catalog():
        if event_type.provider == "aws":
            yield event_type.name, event_type, {}
            for parameter in event_type.parameters.values():
                for choice in parameter.choices:
                    yield f"{event_type.name}({parameter.name}={choice!r})", event_type, {parameter.name: choice}


def typed(name: str) -> str | None:
    """Return the TypeScript type of an event type; None where it has none, for a known reason."""
    if longest(UNTYPED, name):
        return None
    key = longest(LOOSER, name)
    if key:
        return LOOSER[key][0]
    key = longest(TYPES, name)
    if not key:
        raise SystemExit(f"{name} has no TypeScript type here: name one in TYPES, or the reason why not in UNTYPED.")
    return TYPES[key]


def write(folder: Path) -> list[str]:
    """Write the events, one a line, to `events.ts`; return their labels, in the order of the lines."""
    lines, labels = [], []
    for label, event_type, parameters in samples():
        type_name = typed(event_type.name)
        if type_name:
            event = json.dumps(event_type.build(**parameters))
            lines.append(f"export const e{len(lines)}: {type_name} = {event};\n")
            labels.append(label)
    (folder / "events.ts").write_text(PREAMBLE + "".join(lines), encoding="utf-8")
    return labels


def judge(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the message of each fault that tsc finds."""
    options = ["--strict", "--noEmit", "--pretty", "false", "--types", "aws-lambda"]
    command = ["npx", "--no-install", "tsc", *options, "events.ts"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    faults = re.findall(r"^events\.ts\((\d+),\d+\): error (.*(?:\n .*)*)", result.stdout, re.MULTILINE)
    if result.returncode and not faults:
        raise SystemExit(f"tsc failed:\n{result.stdout}{result.stderr}")
    for line, message in faults:
        yield int(line) - PREAMBLE.count("\n") - 1, message


def install(folder: Path) -> None:
    """Install the compiler and the types, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "installed.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != list(PACKAGES):
        (folder / "package.json").write_text('{"private": true}')
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        subprocess.run(npm, cwd=folder, check=True)
        stamp.write_text(json.dumps(PACKAGES))


def main() -> int:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    if not shutil.which("node") or not shutil.which("npm"):
        print("skipped: node not found; the AWS events were not judged by @types/aws-lambda")
        return 0
    install(FOLDER)
    labels = write(FOLDER)
    faults = list(judge(FOLDER))
    for line, message in faults:
        print(f"{labels[line]}: {message}")
    for reason in [*UNTYPED.items(), *((name, reason) for name, (_, reason) in LOOSER.items())]:
        print("note: {}: {}".format(*reason))
    print(f"{len(labels)} events judged under tsc --strict, {len({line for line, _ in faults})} refused")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
