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
from pytest_serverless.errors import InvalidParameterError

PACKAGES = ("typescript@5.9.3", "@types/aws-lambda@8.10.164")
FOLDER = Path(__file__).parents[1] / ".venv/tsc"

# The type of an event by the longest beginning of its name.
TYPES = {
    "aws.alb": "L.ALBEvent",
    "aws.cloudformation.create": "L.CloudFormationCustomResourceCreateEvent",
    "aws.cloudformation.delete": "L.CloudFormationCustomResourceDeleteEvent",
    "aws.cloudformation.update": "L.CloudFormationCustomResourceUpdateEvent",
    "aws.cloudwatch_logs": "L.CloudWatchLogsEvent",
    "aws.cognito.create_auth_challenge": "Asked<L.CreateAuthChallengeTriggerEvent>",
    "aws.cognito.custom_message": "Asked<L.CustomMessageTriggerEvent>",
    "aws.cognito.define_auth_challenge": "Asked<L.DefineAuthChallengeTriggerEvent>",
    "aws.cognito.post_authentication": "Asked<L.PostAuthenticationTriggerEvent>",
    "aws.cognito.post_confirmation": "Asked<L.PostConfirmationTriggerEvent>",
    "aws.cognito.pre_authentication": "Asked<L.PreAuthenticationTriggerEvent>",
    "aws.cognito.pre_sign_up": "Asked<L.PreSignUpTriggerEvent>",
    "aws.cognito.pre_token_generation": "Asked<L.PreTokenGenerationTriggerEvent>",
    "aws.cognito.pre_token_generation_v2": "Asked<L.PreTokenGenerationV2TriggerEvent>",
    "aws.cognito.user_migration": "Asked<L.UserMigrationTriggerEvent>",
    "aws.cognito.verify_auth_challenge": "Asked<L.VerifyAuthChallengeResponseTriggerEvent>",
    "aws.dynamodb": "L.DynamoDBStreamEvent",
    "aws.eventbridge": "L.EventBridgeEvent<string, any>",
    "aws.eventbridge.s3_object_changed": "L.S3NotificationEvent",
    "aws.eventbridge.s3_object_created": "L.S3ObjectCreatedNotificationEvent",
    "aws.eventbridge.s3_object_deleted": "L.S3ObjectDeletedNotificationEvent",
    "aws.eventbridge.scheduled_rule": "L.ScheduledEvent",
    "aws.function_url": "L.LambdaFunctionURLEvent",
    "aws.http_api": "L.APIGatewayProxyEventV2",
    "aws.http_api.iam": "L.APIGatewayProxyEventV2WithIAMAuthorizer",
    "aws.http_api.jwt_authorizer": "L.APIGatewayProxyEventV2WithJWTAuthorizer",
    "aws.http_api.lambda_authorizer": "L.APIGatewayProxyEventV2WithLambdaAuthorizer<any>",
    "aws.http_api.payload_1": "L.APIGatewayProxyEvent",
    "aws.function_url.iam": "L.LambdaFunctionURLEventWithIAMAuthorizer",
    "aws.kinesis": "L.KinesisStreamEvent",
    "aws.kinesis.tumbling_window": "L.KinesisStreamTumblingWindowEvent",
    "aws.rest_api": "L.APIGatewayProxyEvent",
    "aws.s3": "L.S3Event",
    "aws.scheduler": "L.EventBridgeEvent<string, any>",
    "aws.sns": "L.SNSEvent",
    "aws.sqs": "L.SQSEvent",
}

# Where the types are stricter or narrower than what the platform sends, the difference alone is let through.
LOOSER = {
    "aws.eventbridge.s3_object_changed": (
        "Versionless<L.S3NotificationEvent>",
        "version-id is of versioned buckets alone",
    ),
    "aws.eventbridge.s3_object_created": (
        "Versionless<L.S3ObjectCreatedNotificationEvent>",
        "version-id is of versioned buckets alone",
    ),
    "aws.eventbridge.s3_object_deleted": (
        "Versionless<L.S3ObjectDeletedNotificationEvent, 'etag'>",
        "what is gone has no etag, and a version-id in versioned buckets alone",
    ),
    "aws.function_url.iam": ("Iam<L.LambdaFunctionURLEventWithIAMAuthorizer>", "an account may be in no organization"),
    "aws.http_api.iam": ("Iam<L.APIGatewayProxyEventV2WithIAMAuthorizer>", "an account may be in no organization"),
    "aws.http_api.payload_1": (
        "Rest<{ cognitoAmr: null }> & { version: '1.0' }",
        "payload 1.0 has its version and cognitoAmr, and neither key nor certificate",
    ),
    "aws.kinesis.tumbling_window": (
        "L.KinesisStreamTumblingWindowEvent & { shardId: string; eventSourceARN: string }",
        "the type lacks where the window's records come from",
    ),
    "aws.rest_api": ("Rest", "key, certificate and authorizer are there where they were used; deploymentId"),
    "aws.rest_api.test_invoke": (
        "With<With<Rest, 'headers', null>, 'multiValueHeaders', null>",
        "the console sends no headers",
    ),
    "aws.s3.intelligent_tiering": ("S3<'size', { intelligentTieringEventData: unknown }>", "S3Event lacks its data"),
    "aws.s3.lifecycle_expiration": ("S3<'size' | 'eTag'>", "S3Event demands the size and eTag of what is gone"),
    "aws.s3.lifecycle_transition": ("S3<never, { lifecycleEventData: unknown }>", "S3Event lacks its data"),
    "aws.s3.object_acl": ("S3<'size' | 'sequencer'>", "S3Event demands a size and sequencer that it has not"),
    "aws.s3.object_removed": ("S3<'size' | 'eTag'>", "S3Event demands the size and eTag of what is gone"),
    "aws.s3.object_retention": ("S3<'sequencer', { objectRetentionEventData: unknown }>", "S3Event lacks its data"),
    "aws.s3.object_tagging": ("S3<'size' | 'sequencer'>", "S3Event demands a size and sequencer that it has not"),
    "aws.s3.replication": ("S3<never, { replicationEventData: unknown }>", "S3Event lacks its data"),
    "aws.sns.notification": ("Sns", "Subject is null where none was given, not absent"),
}

UNTYPED = {
    "aws.destinations": "@types/aws-lambda has no type for the record that a destination gets",
    "aws.s3.test_event": "@types/aws-lambda has no type for s3:TestEvent",
    "aws.sns.envelope": "@types/aws-lambda has no type for the message that a queue or an endpoint gets",
}

# Lacking<T, K>: T whose keys K may be absent. With<T, K, V>: T whose key K has the type V. Asked<T>: T as user pools
# send it, with null for what nobody gave and for what the handler is to answer.
PREAMBLE = """\
import type * as L from "aws-lambda";
type Lacking<T, K extends PropertyKey> = Omit<T, K> & Partial<Pick<T, K & keyof T>>;
type With<T, K extends keyof T, V> = Omit<T, K> & { [P in K]: V };

type Null<T> = T extends unknown[] ? T : T extends object ? { [K in keyof T]: Null<T[K]> | null } : T;
type Asked<T> = T extends { request: unknown; response: unknown }
  ? Omit<T, "request" | "response"> & { request: Null<T["request"]>; response: Null<T["response"]> } : never;

type S3Record = L.S3EventRecord;
type S3Part<Missing extends PropertyKey> = With<S3Record["s3"], "object", Lacking<S3Record["s3"]["object"], Missing>>;
type S3<Missing extends PropertyKey = never, More = {}> = { Records: (More & With<S3Record, "s3", S3Part<Missing>>)[] };
type S3Detail<D, Missing extends PropertyKey> = D extends { object: unknown }
  ? With<D, "object", Lacking<D["object"], "version-id" | Missing>> : never;
type Versionless<T, Missing extends PropertyKey = never> = T extends { detail: unknown }
  ? With<T, "detail", S3Detail<T["detail"], Missing>> : never;

type SnsRecord = L.SNSEventRecord;
type Sns = { Records: With<SnsRecord, "Sns", With<SnsRecord["Sns"], "Subject", string | null>>[] };

type RestContext = L.APIGatewayProxyEvent["requestContext"];
type Identity = Lacking<RestContext["identity"], "apiKey" | "apiKeyId" | "clientCert">;
type Deployed<More> = Lacking<With<RestContext, "identity", Identity & More>, "authorizer"> & { deploymentId?: string };
type Rest<More = {}> = With<L.APIGatewayProxyEvent, "requestContext", Deployed<More>>;

type Caller = With<L.APIGatewayEventRequestContextIAMAuthorizer["iam"], "principalOrgId", string | null>;
type Iam<T extends { requestContext: { authorizer: unknown } }> = With<T, "requestContext",
  With<T["requestContext"], "authorizer", { iam: Caller }>>;
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


def built(event_type: events.EventType, parameters: dict[str, object]) -> events.Event | None:
    """Return the event; None where this event type does not take that choice."""
    try:
        return event_type.build(**parameters)
    except InvalidParameterError:
        if not parameters:
            raise
        return None


def write(folder: Path) -> list[str]:
    """Write the events, one a line, to `events.ts`; return their labels, in the order of the lines."""
    lines, labels = [], []
    for label, event_type, parameters in samples():
        type_name = typed(event_type.name)
        if type_name and (event := built(event_type, parameters)) is not None:
            lines.append(f"export const e{len(lines)}: {type_name} = {json.dumps(event)};\n")
            labels.append(label)
    (folder / "events.ts").write_text(PREAMBLE + "".join(lines), encoding="utf-8")
    return labels


def judge(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the message of each fault that tsc finds."""
    options = ["--strict", "--noEmit", "--skipLibCheck", "--pretty", "false", "--types", "aws-lambda"]
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
