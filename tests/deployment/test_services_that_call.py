"""Functions that services call before they answer, in an application of its own: user pools, rotation, custom
resources."""

import json
import re
import textwrap

import boto3
import pytest
from botocore.exceptions import ClientError

from pytest_serverless import events
from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.deployment.custom_resources import CustomResources
from pytest_serverless.deployment.functions import FunctionsByArn, function_of
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.errors import ProvisioningError, UnknownNameError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.invocation.invoker import Invoker
from pytest_serverless.templates.load import load

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {CodeUri: src/, Runtime: python3.12}
Resources:
  Users:
    Type: AWS::Cognito::UserPool
    Properties:
      LambdaConfig: {PreSignUp: !GetAtt Admit.Arn}
  App:
    Type: AWS::Cognito::UserPoolClient
    Properties: {UserPoolId: !Ref Users}
  First:
    Type: AWS::Cognito::UserPoolUser
    Properties: {UserPoolId: !Ref Users, Username: first}
  Admit:
    Type: AWS::Serverless::Function
    Properties: {Handler: calls.admit}
  Password:
    Type: AWS::SecretsManager::Secret
    Properties: {SecretString: old}
  Rotation:
    Type: AWS::SecretsManager::RotationSchedule
    Properties: {SecretId: !Ref Password, RotationLambdaARN: !GetAtt Rotate.Arn}
  Rotate:
    Type: AWS::Serverless::Function
    Properties: {Handler: calls.rotate}
  Make:
    Type: AWS::Serverless::Function
    Properties: {Handler: calls.make}
  Lookup:
    Type: Custom::Lookup
    Properties:
      ServiceToken: !GetAtt Make.Arn
      Size: 3
      Fast: true
      Rates: [1.5]
  Second:
    Type: AWS::CloudFormation::CustomResource
    Properties: {ServiceToken: !GetAtt Make.Arn, After: !GetAtt Lookup.Endpoint}
  Bad:
    Type: Custom::Bad
    Properties: {ServiceToken: !GetAtt Make.Arn, Fail: no such zone}
  Silent:
    Type: Custom::Silent
    Properties: {ServiceToken: !GetAtt Make.Arn, Silent: true}
  Wrong:
    Type: Custom::Wrong
    Properties: {ServiceToken: !GetAtt Make.Arn, Wrong: true}
  Far:
    Type: Custom::Far
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:of-somebody-else"}
  User:
    Type: AWS::Serverless::Function
    Properties:
      Handler: calls.user
      Environment:
        Variables:
          ENDPOINT: !Sub "https://${Lookup.Endpoint}/v1"
          ID: !Ref Lookup
          ARN: !GetAtt Lookup.TableArn
          DEEP: !GetAtt Lookup.Table.Name
          AROUND: !Sub "${AWS::Region}-${Lookup.Endpoint}-x-${Lookup.Table.Name}/y"
          PLAIN: MyLookup-Endpoint
"""

CODE = """
import json
import os
import urllib.request

import boto3

asked = []


def admit(event, context):
    if not event["request"]["userAttributes"]["email"].endswith("@example.com"):
        raise ValueError("Only example.com")
    event["response"]["autoConfirmUser"] = True
    return event


def rotate(event, context):
    manager = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        manager.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"]
        )
    if event["Step"] == "finishSecret":
        held = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(version for version, labels in held.items() if "AWSCURRENT" in labels)
        manager.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )


def make(event, context):
    properties = event["ResourceProperties"]
    if "Silent" in properties:
        raise RuntimeError("crashed")
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    if "Wrong" in properties:
        answer["RequestId"] = "another"
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "made-" + properties.get("Size", "0")}
    table = "arn:aws:dynamodb:us-east-1:123456789012:table/t"
    answer["Data"] = {"Endpoint": "api.example", "TableArn": table, "Table": {"Name": "t"}}
    if "Fail" in properties:
        answer |= {"Status": "FAILED", "Reason": properties["Fail"]}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request).close()


def user(event, context):
    return {name: os.environ[name] for name in ("ENDPOINT", "ID", "ARN", "DEEP", "AROUND", "PLAIN")}
"""


class Host:
    """The lines with which a deployment lets services call its functions."""

    def __init__(self, stack):
        self.app = stack.app
        self.stack = stack
        self.invoker = Invoker()
        self.invoked = []
        self.call = FunctionsByArn(self.app, self.run)
        self.custom = CustomResources(self.app, self.call, AwsEvents())
        stack.backend.functions = self.call

    def run(self, function, event, *, cause="invoke", expected=False):
        self.stack.need([function])
        found = self.app.functions[function]
        self.invoked.append((function, cause, expected, json.loads(json.dumps(event))))
        return self.invoker.run(found, event, env=self.custom.variables(found))[0]

    def of(self, function):
        return [event for name, _, _, event in self.invoked if name == function]

    def ref(self, name):
        self.stack.need([name])
        return self.app.resources[name].name


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    pytest.importorskip("moto")
    folder = tmp_path_factory.mktemp("calls") / "calls"
    (folder / "src").mkdir(parents=True)
    (folder / "template.yaml").write_text(textwrap.dedent(TEMPLATE))
    (folder / "src/calls.py").write_text(CODE)
    stack = Stack(load(folder / "template.yaml"), AwsBackend())
    yield stack
    stack.backend.stop()


@pytest.fixture
def host(stack, request):
    with stack.entered(request.node.nodeid):
        yield Host(stack)
    stack.backend.functions = None


class TestUserPool:
    def sign_up(self, host, email):
        host.stack.need(["Users", "App"])
        return boto3.client("cognito-idp").sign_up(
            ClientId=host.ref("App"),
            Username="alice",
            Password="Correct-Horse-1",
            UserAttributes=[{"Name": "email", "Value": email}],
        )

    def test_its_trigger_is_the_applications_function(self, host):
        assert self.sign_up(host, "alice@example.com")["UserConfirmed"]

        [event] = host.of("Admit")
        assert event["userPoolId"] == host.ref("Users")
        assert host.invoked[0][1:3] == (f"cognito:PreSignUp_SignUp {self.pool_name(host)}", True)

    def pool_name(self, host):
        cognito = boto3.client("cognito-idp")
        return cognito.describe_user_pool(UserPoolId=host.ref("Users"))["UserPool"]["Name"]

    def test_which_may_refuse(self, host):
        with pytest.raises(ClientError, match=r"PreSignUp failed with error Only example\.com\."):
            self.sign_up(host, "alice@example.org")

    def test_a_user_of_the_template_was_there_before(self, host):
        host.stack.need(["Users", "First"])

        found = boto3.client("cognito-idp").list_users(UserPoolId=host.ref("Users"))["Users"]
        assert [user["Username"] for user in found] == ["first"]
        assert host.invoked == []


def test_a_secret_is_rotated_by_the_function_of_its_schedule(host):
    secret, manager = host.ref("Password"), boto3.client("secretsmanager")

    manager.rotate_secret(SecretId=secret)

    assert [event["Step"] for event in host.of("Rotate")] == [
        "createSecret",
        "setSecret",
        "testSecret",
        "finishSecret",
    ]
    assert {expected for _, _, expected, _ in host.invoked} == {False}
    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "new"


class TestCustomResource:
    def test_a_function_that_refers_to_it_has_what_it_answered(self, host):
        assert host.run("User", {}).value == {
            "ENDPOINT": "https://api.example/v1",
            "ID": "made-3",
            "ARN": "arn:aws:dynamodb:us-east-1:123456789012:table/t",
            "DEEP": "t",
            "AROUND": "us-east-1-api.example-x-t/y",
            "PLAIN": "MyLookup-Endpoint",
        }

    def test_it_is_made_once_and_when_it_is_needed(self, host):
        assert host.invoked == []

        host.run("User", {})
        host.run("User", {})

        assert [name for name, *_ in host.invoked] == ["User", "Make", "User"]
        assert host.invoked[1][1] == "cloudformation:Create Lookup"

    def test_the_request_has_every_property_as_text(self, host):
        host.custom["Lookup"]

        [event] = host.of("Make")
        arn = host.app.resources["Make"].attributes["Arn"]
        assert event["ResourceProperties"] == {"ServiceToken": arn, "Size": "3", "Fast": "true", "Rates": ["1.5"]}
        assert (event["RequestType"], event["LogicalResourceId"]) == ("Create", "Lookup")
        assert event["ResourceType"] == "Custom::Lookup"
        assert re.fullmatch(rf"arn:aws:cloudformation:us-east-1:\d{{12}}:stack/{host.app.name}/.+", event["StackId"])
        assert "PhysicalResourceId" not in event
        assert events.check(event) == []

    def test_its_reference_and_attributes(self, host):
        assert host.custom.ref("Lookup") == "made-3"
        assert host.custom.attribute("Lookup", "Endpoint") == "api.example"
        assert host.custom.attribute("Lookup", "Table.Name") == "t"
        with pytest.raises(ProvisioningError, match="Vendor response doesn't contain Zone key"):
            host.custom.attribute("Lookup", "Zone")
        with pytest.raises(UnknownNameError, match="Did you mean 'Lookup'"):
            host.custom["Lookpu"]

    def test_one_that_refers_to_another_has_what_that_answered(self, host):
        host.custom["Second"]

        first, second = host.of("Make")
        assert (first["LogicalResourceId"], second["LogicalResourceId"]) == ("Lookup", "Second")
        assert second["ResourceProperties"]["After"] == "api.example"

    def test_a_failed_one_is_named_with_its_line_and_its_reason(self, host):
        line = 1 + TEMPLATE.splitlines().index("  Bad:")

        with pytest.raises(
            ProvisioningError, match=rf"template\.yaml:{line}: Bad .Custom::Bad.: it answered FAILED: no such zone"
        ):
            host.custom["Bad"]

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("Silent", r"ended \(RuntimeError: crashed\) and uploaded no answer to ResponseURL"),
            ("Wrong", "its answer has the RequestId 'another'"),
            ("Far", "of-somebody-else is none of the application's"),
        ],
    )
    def test_one_without_a_right_answer_is_told_of(self, host, name, said):
        with pytest.raises(ProvisioningError, match=said):
            host.custom[name]

    def test_an_update_has_the_old_properties_and_a_new_id_has_the_old_one_deleted(self, host):
        made = host.custom["Lookup"]

        made.update({**made.properties, "Fast": False})
        assert [event["RequestType"] for event in host.of("Make")] == ["Create", "Update"]
        made.update({**made.properties, "Size": 4})

        update, delete = host.of("Make")[2:]
        assert (update["RequestType"], delete["RequestType"]) == ("Update", "Delete")
        assert update["OldResourceProperties"]["Size"] == "3"
        assert update["ResourceProperties"]["Size"] == "4"
        assert update["PhysicalResourceId"] == delete["PhysicalResourceId"] == "made-3"
        assert delete["ResourceProperties"]["Size"] == "3"
        assert (made.physical_id, host.custom.ref("Lookup")) == ("made-4", "made-4")
        assert [events.check(event) for event in (update, delete)] == [[], []]

    def test_it_is_deleted_on_request(self, host):
        host.custom["Lookup"].delete()

        assert host.of("Make")[-1]["RequestType"] == "Delete"
        assert host.of("Make")[-1]["PhysicalResourceId"] == "made-3"


def test_functions_are_found_by_arns_with_and_without_versions(stack):
    arn = stack.app.resources["Make"].attributes["Arn"]

    assert function_of(stack.app, arn) == function_of(stack.app, f"{arn}:live") == "Make"
    assert function_of(stack.app, "arn:aws:lambda:us-east-1:123456789012:function:other") is None
