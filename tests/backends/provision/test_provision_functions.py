import json

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import Trigger
from pytest_serverless.errors import ProvisioningError
from tests.backends.provision.cloud import function, resource

PULL = {
    "Version": "2008-10-17",
    "Statement": [{"Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
}
UNTAGGED = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 3},
    "action": {"type": "expire"},
}
ROLE = "arn:aws:iam::123456789012:role/worker"


def test_a_function_is_described(cloud):
    worker = function(
        environment={"TABLE": "items"},
        timeout_s=12.0,
        memory_mb=256,
        role=ROLE,
        settings=LambdaSettings(runtime="python3.12"),
    )
    cloud.make(functions=[worker])

    read = cloud.client("lambda").get_function(FunctionName=worker.name)["Configuration"]
    assert (read["Handler"], read["Timeout"], read["MemorySize"]) == ("app.handler", 12, 256)
    assert (read["Role"], read["Runtime"]) == (ROLE, "python3.12")
    assert read["Environment"]["Variables"] == {"TABLE": "items"}
    assert read["FunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:shop-Fn"


def test_a_function_has_the_arn_of_its_role_in_the_template(cloud):
    role = resource("AWS::IAM::Role", "FnRole", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []})
    cloud.make(role, functions=[function(role="FnRole")], only={"Fn"})

    assert cloud.client("lambda").get_function(FunctionName="shop-Fn")["Configuration"]["Role"] == role.arn


def test_a_function_in_another_language_is_described_as_its_template_has_it(cloud):
    cloud.make(
        resource("AWS::Lambda::Function", "Node", FunctionName="node", Runtime="nodejs22.x", Handler="i.h", Role=ROLE)
    )

    assert cloud.client("lambda").get_function(FunctionName="node")["Configuration"]["Runtime"] == "nodejs22.x"


def test_a_function_that_is_not_asked_for_is_not_registered(cloud):
    cloud.make(functions=[function()], only=set())

    assert cloud.client("lambda").list_functions()["Functions"] == []


def test_versions_and_aliases_are_published(cloud):
    version = resource("AWS::Lambda::Version", "One", FunctionName="shop-Fn")
    made = cloud.make(
        resource("AWS::Lambda::Alias", "Live", FunctionName="shop-Fn", Name="live", FunctionVersion="1"),
        version,
        functions=[function()],
    )

    read = cloud.client("lambda").get_alias(FunctionName="shop-Fn", Name="live")
    assert (read["AliasArn"], read["FunctionVersion"]) == (made.name, version.attributes["Version"])


def mapped(cloud):
    return cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]


def test_a_mapping_has_the_id_that_references_gave_and_delivers_nothing(cloud):
    queue = resource("AWS::SQS::Queue", "Orders")
    made = cloud.make(
        resource(
            "AWS::Lambda::EventSourceMapping",
            "FnOrders",
            EventSourceArn=queue.arn,
            FunctionName="shop-Fn",
            BatchSize="5",
            FunctionResponseTypes=["ReportBatchItemFailures"],
        ),
        queue,
        functions=[function()],
    )

    read = cloud.client("lambda").get_event_source_mapping(UUID=made.name)
    assert (read["UUID"], read["EventSourceArn"], read["BatchSize"]) == (made.name, queue.arn, 5)
    assert read["FunctionArn"].endswith(":function:shop-Fn")
    sqs = cloud.client("sqs")
    sqs.send_message(QueueUrl=queue.name, MessageBody="hello")
    assert len(sqs.receive_message(QueueUrl=queue.name)["Messages"]) == 1


@pytest.mark.parametrize(
    ("kind", "properties", "attribute"),
    [
        ("AWS::SQS::Queue", {}, "Arn"),
        ("AWS::DynamoDB::Table", {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}, "StreamArn"),
        ("AWS::Kinesis::Stream", {}, "Arn"),
    ],
)
def test_a_functions_own_events_are_mappings(cloud, kind, properties, attribute):
    source = resource(kind, "Source", **properties)
    polled = Trigger(
        id="FnEvent", kind=kind.split("::")[1].lower(), function="Fn", source="Source", settings={"BatchSize": 3}
    )
    cloud.make(source, functions=[function()], triggers=(polled,), only={"Fn"})

    (read,) = mapped(cloud)
    assert (read["EventSourceArn"], read["BatchSize"]) == (source.attributes[attribute], 3)


def test_a_mapping_of_the_template_is_not_made_twice(cloud):
    queue = resource("AWS::SQS::Queue", "Orders")
    made = resource("AWS::Lambda::EventSourceMapping", "Map", EventSourceArn=queue.arn, FunctionName="shop-Fn")
    polled = Trigger(id="Map", kind="sqs", function="Fn", source="Orders", settings=made.properties)
    cloud.make(made, queue, functions=[function()], triggers=(polled,))

    assert [each["UUID"] for each in mapped(cloud)] == [made.name]


DEFINITION = {"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "${fn}", "End": True}}}


def machine(**properties):
    return resource("AWS::StepFunctions::StateMachine", "Flow", RoleArn=ROLE, **properties)


@pytest.mark.parametrize("written", [{"Definition": DEFINITION}, {"DefinitionString": json.dumps(DEFINITION)}])
def test_a_state_machine_has_its_definition_with_what_is_put_into_it(cloud, written):
    made = cloud.make(machine(**written, DefinitionSubstitutions={"fn": "arn:fn"}, StateMachineType="EXPRESS"))

    read = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made.name)
    assert json.loads(read["definition"])["States"]["Do"]["Resource"] == "arn:fn"
    assert (read["name"], read["type"], read["roleArn"]) == (made.attributes["Name"], "EXPRESS", ROLE)


def test_a_definition_may_stand_in_a_file_beside_the_template(cloud, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.asl.json").write_text(json.dumps(DEFINITION), encoding="utf-8")
    made = cloud.make(machine(DefinitionUri="flow.asl.json"))

    read = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made.name)
    assert json.loads(read["definition"]) == DEFINITION


def test_a_definition_in_a_file_that_is_not_there_is_a_fault(cloud):
    with pytest.raises(ProvisioningError, match=r"Flow .*DefinitionUri: there is no file .*nowhere\.json"):
        cloud.make(machine(DefinitionUri="nowhere.json"))


def test_an_activity_and_a_repository_are_made(cloud):
    activity = resource("AWS::StepFunctions::Activity", "Work", Name="work")
    repository = resource(
        "AWS::ECR::Repository",
        "Images",
        RepositoryName="shop/images",
        ImageTagMutability="IMMUTABLE",
        RepositoryPolicyText=PULL,
        LifecyclePolicy={"LifecyclePolicyText": json.dumps({"rules": [UNTAGGED]})},
    )
    cloud.make(activity, repository)

    assert cloud.client("stepfunctions").list_activities()["activities"][0]["activityArn"] == activity.name
    (read,) = cloud.client("ecr").describe_repositories()["repositories"]
    assert (read["repositoryName"], read["imageTagMutability"]) == ("shop/images", "IMMUTABLE")
    assert cloud.client("ecr").get_repository_policy(repositoryName="shop/images")["policyText"]
