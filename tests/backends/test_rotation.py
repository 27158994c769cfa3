"""A secret is rotated by a function, as Secrets Manager has it done."""

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes.secrets_manager_event import SecretsManagerEvent
from botocore.exceptions import ClientError

from pytest_serverless.outcome import Failure, Outcome

ARN = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


class Rotator:
    """The four steps of https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html.

    It fails in the step named `fails`.
    """

    def __init__(self, manager):
        self.manager = manager
        self.fails = None
        self.heard = []
        self.labels = []

    def __call__(self, arn, event, *, cause, answered):
        if arn != ARN:
            return None
        assert not answered
        self.heard.append(event)
        reader = SecretsManagerEvent(event)
        held = self.manager.describe_secret(SecretId=reader.secret_id)["VersionIdsToStages"]
        self.labels.append(sorted(held[reader.client_request_token]))
        common = {"function": "rotate", "provider": "aws", "request_id": "1", "duration_ms": 1.0, "billed_ms": 1}
        common |= {"memory_mb": 128, "memory_used_mb": 50, "payload": b"null", "value": None}
        if event["Step"] == self.fails:
            return Outcome(status="error", failure=Failure(type="E", message="no"), **common)
        getattr(self, event["Step"].removesuffix("Secret"))(event["SecretId"], event["ClientRequestToken"])
        return Outcome(status="success", **common)

    def create(self, secret, token):
        with pytest.raises(self.manager.exceptions.ResourceNotFoundException):
            self.manager.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
        self.manager.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"]
        )

    def set(self, secret, token):
        assert self.manager.get_secret_value(SecretId=secret)["SecretString"] == "old"

    def test(self, secret, token):
        assert self.manager.get_secret_value(SecretId=secret, VersionStage="AWSPENDING")["SecretString"]

    def finish(self, secret, token):
        versions = self.manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(version for version, labels in versions.items() if "AWSCURRENT" in labels)
        self.manager.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )


@pytest.fixture
def manager(aws):
    return boto3.client("secretsmanager")


@pytest.fixture
def rotator(aws, manager):
    aws.functions = Rotator(manager)
    yield aws.functions
    aws.functions = None


@pytest.fixture
def secret(manager):
    return manager.create_secret(Name="db", SecretString="old")["ARN"]


def value(manager, label="AWSCURRENT"):
    return manager.get_secret_value(SecretId="db", VersionStage=label)["SecretString"]


def rotate(manager, **more):
    return manager.rotate_secret(SecretId="db", RotationLambdaARN=ARN, **more)


def test_the_function_is_called_for_each_step_with_the_version_that_is_pending(rotator, manager, secret):
    answer = rotate(manager, ClientRequestToken="a" * 32)

    assert [event["Step"] for event in rotator.heard] == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert {event["SecretId"] for event in rotator.heard} == {secret}
    assert {event["ClientRequestToken"] for event in rotator.heard} == {answer["VersionId"]} == {"a" * 32}
    assert rotator.labels == [["AWSPENDING"]] * 4


def test_afterwards_the_new_value_is_current_and_the_old_one_previous(rotator, manager, secret):
    rotate(manager)

    assert manager.get_secret_value(SecretId="db")["SecretString"] == value(manager) == "new"
    assert value(manager, "AWSPREVIOUS") == "old"
    assert manager.describe_secret(SecretId="db")["LastRotatedDate"]


def test_a_failing_step_ends_it_and_leaves_the_old_value(rotator, manager, secret):
    rotator.fails = "setSecret"

    rotate(manager)  # the service has answered before

    assert [event["Step"] for event in rotator.heard] == ["createSecret", "setSecret"]
    assert (value(manager), value(manager, "AWSPENDING")) == ("old", "new")
    assert "LastRotatedDate" not in manager.describe_secret(SecretId="db")


def test_one_that_is_not_complete_bars_the_next(rotator, manager, secret):
    rotator.fails = "testSecret"
    rotate(manager)

    with pytest.raises(ClientError) as raised:
        rotate(manager)

    # As the Terraform provider's acceptance tests quote the service.
    assert raised.value.response["Error"]["Code"] == "InvalidRequestException"
    assert raised.value.response["Error"]["Message"] == (
        "A previous rotation isn't complete. That rotation will be reattempted."
    )


def test_the_function_is_remembered(rotator, manager, secret):
    rotate(manager, RotationRules={"AutomaticallyAfterDays": 30})
    rotator.set = lambda *_: None

    manager.rotate_secret(SecretId="db")

    assert len(rotator.heard) == 8
    described = manager.describe_secret(SecretId="db")
    assert described["RotationEnabled"]
    assert described["RotationLambdaARN"] == ARN
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 30}


def test_a_secret_without_a_function_cannot_be_rotated(rotator, manager, secret):
    with pytest.raises(ClientError, match=r"No Lambda rotation function ARN is associated with this secret\."):
        manager.rotate_secret(SecretId="db")


def test_a_function_that_is_not_there_is_told_of_and_nothing_is_pending(rotator, manager, secret):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        manager.rotate_secret(SecretId="db", RotationLambdaARN=f"{ARN}2")

    assert list(manager.describe_secret(SecretId="db")["VersionIdsToStages"].values()) == [["AWSCURRENT"]]


def test_not_at_once_means_a_test_of_the_function(rotator, manager, secret):
    rotate(manager, RotateImmediately=False)

    assert [event["Step"] for event in rotator.heard] == ["testSecret"]
    assert list(manager.describe_secret(SecretId="db")["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    assert manager.describe_secret(SecretId="db")["RotationEnabled"]
