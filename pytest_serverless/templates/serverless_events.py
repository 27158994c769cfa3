"""Events that a service sends to a function: `s3`, `sns`, `cloudwatchLog`, `iot`, `cognitoUserPool`, `alexaSkill`.

Source: lib/plugins/aws/package/compile/events of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

import re
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_naming import alphanumeric, capital, normal, permission_id
from pytest_serverless.templates.serverless_service import HERE, PARTITION, Service, as_block, as_list, get_att, join

__all__ = ["compile_events"]

CUSTOM_SENDERS = ("CustomSMSSender", "CustomEmailSender")


def compile_events(service: Service) -> None:
    """Add the resources of every such event."""
    compile_buckets(service)
    compile_topics(service)
    compile_log_filters(service)
    for number, function, given, event in service.numbered("iot"):
        put_iot_rule(service, function, number, as_block(given, event), event)
    compile_user_pools(service)
    for number, function, given, event in service.numbered("alexaSkill"):
        put_skill(service, function, number, given, event)


def compile_buckets(service: Service) -> None:
    """Add the buckets that events make; settings of `provider.s3` are theirs."""
    known = as_block(service.provider.get("s3"), service.provider)
    buckets: dict[str, tuple[str, Block, list[Any]]] = {}
    for function, _, given, event in service.events("s3"):
        settings = as_block(given, event)
        bucket = settings.get("bucket") if settings else given
        if settings.get("existing"):
            continue
        if not isinstance(bucket, str):
            remedy = "Name the bucket, or write `existing: true` for one of your resources."
            service.fault(f"An s3 event of {function!r} refers to a bucket that it should make.", remedy, event)
            continue
        name = str(as_block(known.get(bucket), event).get("name") or bucket)
        permission = permission_id(function, f"{alphanumeric(bucket)}S3")
        _, _, notices = buckets.setdefault(name, (bucket, event, []))
        notices.append(notice(service, function, settings))
        source = join("", "arn:", PARTITION, f":s3:::{name}")
        account = {"SourceAccount": {"Ref": "AWS::AccountId"}}
        service.permit(permission, function, "s3.amazonaws.com", event, source, **account)
    for name, (bucket, event, notices) in buckets.items():
        put_bucket(service, name, bucket, as_block(known.get(bucket), event), notices)


def notice(service: Service, function: str, settings: Block) -> dict[str, Any]:
    given = [rule for rule in as_list(settings.get("rules")) if isinstance(rule, Block)]
    if len(given) < len(as_list(settings.get("rules"))):
        service.fault(
            f"An s3 event of {function!r} has a rule that is none.", "Write `- prefix: …`.", settings, "rules"
        )
    rules = [{"Name": name, "Value": value} for rule in given for name, value in rule.items()]
    filtered = {"Filter": {"S3Key": {"Rules": rules}}} if rules else {}
    return {"Event": settings.get("event") or "s3:ObjectCreated:*", "Function": service.target(function), **filtered}


def put_bucket(service: Service, name: str, bucket: str, settings: Block, notices: list[Any]) -> None:
    more = {capital(key): value for key, value in settings.items() if key != "name"}
    own = as_block(more.pop("NotificationConfiguration", None), settings)
    properties = {"BucketName": name, "NotificationConfiguration": {"LambdaConfigurations": notices, **own}, **more}
    service.put(f"S3Bucket{alphanumeric(bucket)}", "AWS::S3::Bucket", properties, settings)


def compile_topics(service: Service) -> None:
    """Add topics and subscriptions."""
    for function, _, given, event in service.events("sns"):
        settings = as_block(given, event)
        arn = settings.get("arn") if settings else given if str(given).startswith("arn:") else None
        last = arn.split(":")[-1] if isinstance(arn, str) else None
        name = settings.get("topicName") or last or (None if settings else given)
        if not name:
            remedy = "Write `topicName` beside the arn."
            service.fault(f"An sns event of {function!r} does not say its topic's name.", remedy, event)
            continue
        put_topic(service, function, str(name), arn, settings, event)


def put_topic(service: Service, function: str, name: str, arn: Any, settings: Block, event: Block) -> None:
    dead = redrive(service, function, name, arn, settings, event)
    topic_id = f"SNSTopic{alphanumeric(name)}"
    filtering = {
        "FilterPolicy": settings.get("filterPolicy"),
        "FilterPolicyScope": settings.get("filterPolicyScope"),
        "RedrivePolicy": dead,
    }
    subscription = {"Protocol": "lambda", "Endpoint": service.target(function)}
    if arn is None:
        properties = {"TopicName": name, "DisplayName": settings.get("displayName")}
        if topic_id not in service.resources:
            service.put(topic_id, "AWS::SNS::Topic", properties, event)
    subscription_id = f"{normal(function)}SnsSubscription{alphanumeric(name)}"
    if arn is not None:
        region = arn.split(":")[3] if isinstance(arn, str) and arn.count(":") >= 5 else service.region
        properties = {
            "TopicArn": arn,
            **subscription,
            **filtering,
            "Region": None if region == service.region else region,
        }
        service.put(subscription_id, "AWS::SNS::Subscription", properties, event)
    elif filtering["FilterPolicy"] or dead:
        properties = {"TopicArn": {"Ref": topic_id}, **subscription, **filtering}
        service.put(subscription_id, "AWS::SNS::Subscription", properties, event)
    else:
        service.resources[topic_id]["Properties"].setdefault("Subscription", []).append(subscription)
    made = join("", "arn:", PARTITION, ":sns:", *HERE, ":", name)
    service.permit(
        permission_id(function, f"{alphanumeric(name)}SNS"), function, "sns.amazonaws.com", event, arn or made
    )


def redrive(service: Service, function: str, name: str, arn: Any, settings: Block, event: Block) -> Any:
    """Return the subscription's redrive policy, and let the topic send to that queue."""
    policy = as_block(settings.get("redrivePolicy"), settings)
    if not policy:
        return None
    target = policy.get("deadLetterTargetArn")
    if target:
        queue, account, region = reversed(str(target).split(":")[-3:])
        url: Any = join("", f"https://sqs.{region}.", {"Ref": "AWS::URLSuffix"}, f"/{account}/{queue}")
    elif policy.get("deadLetterTargetRef"):
        target, url = get_att(policy["deadLetterTargetRef"]), {"Ref": policy["deadLetterTargetRef"]}
    else:
        imported = as_block(policy.get("deadLetterTargetImport"), policy)
        target, url = {"Fn::ImportValue": imported.get("arn")}, {"Fn::ImportValue": imported.get("url")}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": target,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn} if arn else {}},
    }
    logical_id = f"{alphanumeric(name)}To{normal(function)}DLQPolicy"
    document = {"Version": "2012-10-17", "Id": logical_id, "Statement": [statement]}
    service.put(logical_id, "AWS::SQS::QueuePolicy", {"PolicyDocument": document, "Queues": [url]}, event)
    return {"deadLetterTargetArn": target}


def compile_log_filters(service: Service) -> None:
    """Add subscription filters; one permission covers all of a function's log groups."""
    groups: dict[str, list[str]] = {}
    for number, function, given, event in service.numbered("cloudwatchLog"):
        settings = as_block(given, event)
        group = str(settings.get("logGroup") if settings else given)
        groups.setdefault(function, []).append(group)
        properties = {
            "LogGroupName": group,
            "FilterPattern": unescaped(str(settings.get("filter") or "")),
            "DestinationArn": service.target(function),
        }
        name = "LogsSubscriptionFilterCloudWatchLog"
        service.put(f"{normal(function)}{name}{number}", "AWS::Logs::SubscriptionFilter", properties, event)
        principal = join("", "logs.", {"Ref": "AWS::Region"}, ".amazonaws.com")
        source = join("", "arn:", PARTITION, ":logs:", *HERE, ":log-group:", common(groups[function]), ":*")
        service.permit(permission_id(function, name), function, principal, event, source)


def unescaped(pattern: str) -> str:
    slash, quote = pattern.find("\\"), pattern.find('"')
    return re.sub(r"\\([\"\\'])", r"\1", pattern) if 0 <= slash < quote else pattern


def common(names: list[str]) -> str:
    """Return what the names begin with, with a `*` after it if there are several."""
    shared = names[0]
    for name in names:
        while not name.startswith(shared):
            shared = shared[:-1]
    return shared if len(names) == 1 or shared.endswith("*") else f"{shared}*"


def put_iot_rule(service: Service, function: str, number: int, settings: Block, event: Block) -> None:
    payload = {
        "RuleDisabled": settings.get("enabled") is False,
        "Sql": re.sub(r"\r?\n", "", str(settings.get("sql"))),
        "Actions": [{"Lambda": {"FunctionArn": service.target(function)}}],
        "Description": settings.get("description"),
        "AwsIotSqlVersion": settings.get("sqlVersion"),
    }
    logical_id = f"{normal(function)}IotTopicRule{number}"
    properties = {"TopicRulePayload": payload, "RuleName": settings.get("name")}
    service.put(logical_id, "AWS::IoT::TopicRule", properties, event)
    source = join("", "arn:", PARTITION, ":iot:", *HERE, ":rule/", {"Ref": logical_id})
    service.permit(permission_id(function, f"IotTopicRule{number}"), function, "iot.amazonaws.com", event, source)


def compile_user_pools(service: Service) -> None:
    """Add the pools that events make, with what each calls."""
    for function, _, given, event in service.events("cognitoUserPool"):
        settings = as_block(given, event)
        if settings.get("existing"):
            continue
        pool, trigger = str(settings.get("pool")), str(settings.get("trigger"))
        logical_id = f"CognitoUserPool{alphanumeric(pool)}"
        if logical_id not in service.resources:
            service.put(logical_id, "AWS::Cognito::UserPool", {"UserPoolName": pool, "LambdaConfig": {}}, event)
        service.resources[logical_id]["Properties"]["LambdaConfig"].update(pool_trigger(service, function, settings))
        name = permission_id(function, f"CognitoUserPool{alphanumeric(pool)}TriggerSource{alphanumeric(trigger)}")
        service.permit(name, function, "cognito-idp.amazonaws.com", event, get_att(logical_id))


def pool_trigger(service: Service, function: str, settings: Block) -> dict[str, Any]:
    trigger = str(settings.get("trigger"))
    if trigger not in CUSTOM_SENDERS:
        return {trigger: service.target(function)}
    sender = {"LambdaArn": service.target(function), "LambdaVersion": settings.get("lambdaVersion") or "V1_0"}
    return {trigger: sender, "KMSKeyID": settings.get("kmsKeyId")}


def put_skill(service: Service, function: str, number: int, given: Any, event: Block) -> None:
    settings = as_block(given, event)
    app = settings.get("appId") if settings else given
    action = "lambda:DisableInvokeFunction" if settings.get("enabled") is False else "lambda:InvokeFunction"
    token = {"EventSourceToken": app if isinstance(app, str) else None, "Action": action}
    service.permit(permission_id(function, f"AlexaSkill{number}"), function, "alexa-appkit.amazon.com", event, **token)
