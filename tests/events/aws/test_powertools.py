"""Powertools for AWS Lambda takes every AWS event type of the catalog: parser models, data classes, resolvers.

https://docs.powertools.aws.dev/lambda/python/latest/utilities/parser/ and its neighbour data_classes/ (3.37, 2026-11).
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cached_property

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.events.aws import AwsEvents

pytest.importorskip("pydantic")
pytest.importorskip("aws_lambda_powertools")

from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    LambdaFunctionUrlResolver,
)
from aws_lambda_powertools.utilities import data_classes
from aws_lambda_powertools.utilities.data_classes import cognito_user_pool_event as cognito
from aws_lambda_powertools.utilities.data_classes.common import DictWrapper
from aws_lambda_powertools.utilities.parser import models

# By the beginning of an event type's name, the longest that fits: the parser model, and the data class.
READERS = {
    "aws.rest_api": (models.APIGatewayProxyEventModel, data_classes.APIGatewayProxyEvent),
    "aws.http_api": (models.APIGatewayProxyEventV2Model, data_classes.APIGatewayProxyEventV2),
    "aws.http_api.payload_1": (models.APIGatewayProxyEventModel, data_classes.APIGatewayProxyEvent),
    "aws.function_url": (models.LambdaFunctionUrlModel, data_classes.LambdaFunctionUrlEvent),
    "aws.alb": (models.AlbModel, data_classes.ALBEvent),
    "aws.s3": (models.S3Model, data_classes.S3Event),
    "aws.sns.notification": (models.SnsModel, data_classes.SNSEvent),
    "aws.sns.envelope": (models.SnsNotificationModel, None),
    "aws.sqs": (models.SqsModel, data_classes.SQSEvent),
    "aws.scheduler": (models.EventBridgeModel, data_classes.EventBridgeEvent),
    "aws.eventbridge": (models.EventBridgeModel, data_classes.EventBridgeEvent),
    "aws.eventbridge.s3_": (
        models.S3EventNotificationEventBridgeModel,
        data_classes.S3EventBridgeNotificationEvent,
    ),
    "aws.dynamodb": (models.DynamoDBStreamModel, data_classes.DynamoDBStreamEvent),
    "aws.kinesis": (models.KinesisDataStreamModel, data_classes.KinesisStreamEvent),
    "aws.cloudwatch_logs": (models.CloudWatchLogsModel, data_classes.CloudWatchLogsEvent),
    "aws.cognito.pre_sign_up": (models.CognitoPreSignupTriggerModel, cognito.PreSignUpTriggerEvent),
    "aws.cognito.post_confirmation": (models.CognitoPostConfirmationTriggerModel, cognito.PostConfirmationTriggerEvent),
    "aws.cognito.pre_authentication": (
        models.CognitoPreAuthenticationTriggerModel,
        cognito.PreAuthenticationTriggerEvent,
    ),
    "aws.cognito.post_authentication": (
        models.CognitoPostAuthenticationTriggerModel,
        cognito.PostAuthenticationTriggerEvent,
    ),
    "aws.cognito.pre_token_generation": (
        models.CognitoPreTokenGenerationTriggerModelV1,
        cognito.PreTokenGenerationTriggerEvent,
    ),
    "aws.cognito.pre_token_generation_v2": (None, cognito.PreTokenGenerationV2TriggerEvent),
    "aws.cognito.user_migration": (models.CognitoMigrateUserTriggerModel, cognito.UserMigrationTriggerEvent),
    "aws.cognito.custom_message": (models.CognitoCustomMessageTriggerModel, cognito.CustomMessageTriggerEvent),
    "aws.cognito.define_auth_challenge": (
        models.CognitoDefineAuthChallengeTriggerModel,
        cognito.DefineAuthChallengeTriggerEvent,
    ),
    "aws.cognito.create_auth_challenge": (
        models.CognitoCreateAuthChallengeTriggerModel,
        cognito.CreateAuthChallengeTriggerEvent,
    ),
    "aws.cognito.verify_auth_challenge": (
        models.CognitoVerifyAuthChallengeTriggerModel,
        cognito.VerifyAuthChallengeResponseTriggerEvent,
    ),
    "aws.cloudformation.create": (
        models.CloudFormationCustomResourceCreateModel,
        data_classes.CloudFormationCustomResourceEvent,
    ),
    "aws.cloudformation.update": (
        models.CloudFormationCustomResourceUpdateModel,
        data_classes.CloudFormationCustomResourceEvent,
    ),
    "aws.cloudformation.delete": (
        models.CloudFormationCustomResourceDeleteModel,
        data_classes.CloudFormationCustomResourceEvent,
    ),
    "aws.destinations.dynamodb_failure": (models.DynamoDBStreamLambdaOnFailureDestinationModel, None),
}
WITHOUT_READER = {
    "aws.s3.test_event": "Powertools has nothing for the message S3 sends when notifications are configured",
    "aws.destinations.success": "Powertools reads destination records of DynamoDB streams alone",
    "aws.destinations.failure": "Powertools reads destination records of DynamoDB streams alone",
    "aws.destinations.kinesis_failure": "Powertools reads destination records of DynamoDB streams alone",
}
WITHOUT_MODEL = {
    "aws.s3.object_tagging": "the model demands size, which S3 does not send here",
    "aws.s3.object_acl": "the model demands size, which S3 does not send here",
    "aws.s3.object_retention": "the model demands size, which S3 does not send here",
    "aws.cognito.pre_token_generation_v2": "the model takes scopes for an object, and they are a list",
    "aws.cognito.verify_auth_challenge": "the model demands the answer, which the function is to give",
}
# What a reader needs to find everything that it reads.
PARAMETERS = {
    "aws.rest_api.test_invoke": {"headers": {"Accept": "*/*"}},  # the model wants some
    "aws.sqs.standard": {"body": '{"a": 1}'},
    "aws.sqs.fifo": {"body": '{"a": 1}'},
    "aws.sqs.dead_letter": {"body": '{"a": 1}'},
    "aws.sqs.from_sns": {"subject": "Order", "attributes": {"priority": "high"}},
    "aws.eventbridge.s3_object_created": {"version_id": "L4kqtJlcpXroDTDmpUMLUo"},
    "aws.eventbridge.s3_object_deleted": {"version_id": "L4kqtJlcpXroDTDmpUMLUo"},
    "aws.eventbridge.s3_object_changed": {"version_id": "L4kqtJlcpXroDTDmpUMLUo"},
}
# Properties that have no value in some events, which their data class does not expect; by the beginnings of names.
NOT_THERE = {
    "APIGatewayProxyEvent.version": ["aws.rest_api"],
    "S3Object.size": [
        "aws.s3.object_removed",
        "aws.s3.object_tagging",
        "aws.s3.object_acl",
        "aws.s3.lifecycle_expiration",
    ],
    "S3Object.sequencer": ["aws.s3.object_tagging", "aws.s3.object_acl"],
    "S3EventBridgeNotificationObject.sequencer": ["aws.eventbridge.s3_object_changed"],
    "SNSMessage.signing_cert_url": ["aws.sqs"],  # in an envelope the name ends in URL, not Url
    "SNSMessage.unsubscribe_url": ["aws.sqs"],
    "SQSRecord.decoded_nested_s3_event": ["aws.sqs"],
    "SQSRecord.decoded_nested_sns_event": ["aws.sqs.standard", "aws.sqs.fifo", "aws.sqs.dead_letter"],
}


def reader_of(name):
    fitting = [prefix for prefix in READERS if name.startswith(prefix)]
    return READERS[max(fitting, key=len)] if fitting and name not in WITHOUT_READER else None


AWS_TYPES = [event_type.name for event_type in events.catalog() if event_type.provider == "aws"]
READ_TYPES = [name for name in AWS_TYPES if reader_of(name)]


def built(name):
    return events.build(name, **PARAMETERS.get(name, {}))


def public_properties(cls):
    for name, member in inspect.getmembers(cls):
        if not name.startswith("_") and isinstance(member, (property, cached_property)):
            yield name


def sweep(value, skipped=(), where=""):
    """Read every public property of a data class, and of the data classes it gives; yield the name of each."""
    if isinstance(value, DictWrapper):
        for name in public_properties(type(value)):
            here = f"{type(value).__name__}.{name}"
            if here in skipped:
                continue
            try:
                found = getattr(value, name)
            except Exception as error:
                raise AssertionError(f"{where}{name} of {type(value).__name__}: {error!r}") from error
            yield here
            yield from sweep(found, skipped, f"{where}{name}.")
        if hasattr(value, "parse_logs_data"):
            yield from sweep(value.parse_logs_data(), skipped, f"{where}parse_logs_data().")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from sweep(item, skipped, f"{where}{key}.")
    elif isinstance(value, (list, tuple, Iterator)):
        for item in value:
            yield from sweep(item, skipped, where)


def skipped_for(name):
    return {place for place, prefixes in NOT_THERE.items() if name.startswith(tuple(prefixes))}


@pytest.mark.parametrize("name", AWS_TYPES)
def test_every_event_type_has_a_reader_or_a_reason(name):
    assert (reader_of(name) is None) == (name in WITHOUT_READER), f"add {name} to READERS, or to WITHOUT_READER"


@pytest.mark.parametrize("name", [name for name in READ_TYPES if name not in WITHOUT_MODEL])
def test_the_parser_model_accepts_the_event(name):
    reader_of(name)[0].model_validate(deepcopy(built(name)))


@pytest.mark.parametrize("name", [name for name in READ_TYPES if reader_of(name)[1]])
def test_every_property_of_the_data_class_can_be_read(name):
    assert list(sweep(reader_of(name)[1](built(name)), skipped_for(name)))


def test_the_sweep_reaches_nested_records_and_stumbles_over_what_is_not_there():
    event = built("aws.rest_api.mutual_tls")
    assert "RequestContextClientCert.validity_not_after" in set(
        sweep(data_classes.APIGatewayProxyEvent(event), {"APIGatewayProxyEvent.version"})
    )
    del event["requestContext"]["identity"]["sourceIp"]
    with pytest.raises(AssertionError, match="source_ip"):
        list(sweep(data_classes.APIGatewayProxyEvent(event), {"APIGatewayProxyEvent.version"}))


def test_an_s3_event_in_a_queue_is_read_through_the_message():
    event = events.build("aws.sqs.standard", body=events.build("aws.s3.object_created", key="tom & jerry.jpg"))
    (record,) = data_classes.SQSEvent(event).records
    assert record.decoded_nested_s3_event.object_key == "tom & jerry.jpg"


# Resolvers.


def echo(resolver):
    app = resolver()

    @app.post("/orders/<order>")
    def order(order):
        event = app.current_event
        return {
            "order": order,
            "body": event.json_body,
            "q": event.resolved_query_string_parameters["q"],
            "agent": event.resolved_headers_field["user-agent"],
        }

    return app


@pytest.fixture
def aws():
    return AwsEvents()


REQUEST = {"body": {"total": 3}, "query": {"q": ["a", "b"]}, "user_agent": "till/1.0"}


@pytest.mark.parametrize(
    ("resolver", "source", "options"),
    [
        (APIGatewayRestResolver, "rest_api", {"resource": "/orders/{id}"}),
        (APIGatewayRestResolver, "rest_api", {"endpoint": "edge"}),
        (APIGatewayHttpResolver, "http_api", {"route": "ANY /orders/{id}"}),
        (APIGatewayHttpResolver, "http_api", {"stage": "dev"}),
        (LambdaFunctionUrlResolver, "function_url", {}),
        (ALBResolver, "alb", {"multi_value": True}),
    ],
)
def test_a_resolver_routes_the_event_to_its_handler(aws, resolver, source, options):
    event = getattr(aws, source).request("POST", "/orders/17", **REQUEST, **options)
    response = echo(resolver).resolve(event, None)
    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {
        "order": "17",
        "body": {"total": 3},
        "q": ["a", "b"],
        "agent": ["till/1.0"] if source in {"rest_api", "alb"} else "till/1.0",
    }


def test_the_load_balancer_resolver_sees_the_last_value_without_multi_value_headers(aws):
    response = echo(ALBResolver).resolve(aws.alb.request("POST", "/orders/17", **REQUEST), None)
    assert json.loads(response["body"])["q"] == ["b"]
    assert "headers" in response


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    path=st.text(max_size=30),
    query=st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=3),
    header=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
    body=st.one_of(st.text(max_size=30), st.binary(max_size=30), st.dictionaries(st.text(), st.text(), max_size=2)),
)
def test_readers_accept_any_unicode(path, query, header, body):
    for name in ("aws.rest_api.request", "aws.http_api.request", "aws.function_url.request", "aws.alb.request"):
        options = {} if "?" in path else {"query": query}
        event = events.build(name, method="POST", path=f"/{path}", headers={"X-Note": header}, body=body, **options)
        model, data_class = reader_of(name)
        model.model_validate(deepcopy(event))
        assert data_class(event).headers["x-note"] == header.strip(" \t")
