import json

import pytest

from pytest_serverless.errors import ProvisioningError
from tests.backends.provision.cloud import ROLE, lambda_function, resource

PULL = {
    "Version": "2008-10-17",
    "Statement": [{"Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
}
UNTAGGED = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 3},
    "action": {"type": "expire"},
}


def test_a_function_is_described(cloud):
    worker = lambda_function(
        Environment={"Variables": {"TABLE": "items", "LIMIT": 5}},
        Timeout="12",
        MemorySize=256,
        Code={"S3Bucket": "elsewhere", "S3Key": "code.zip"},
        Layers=["arn:aws:lambda:us-east-1:123456789012:layer:shared:1"],
        Tags=[{"Key": "team", "Value": "shop"}],
        ReservedConcurrentExecutions=3,
    )
    cloud.make(worker)

    answer = cloud.client("lambda").get_function(FunctionName="shop-Fn")
    read = answer["Configuration"]
    assert (read["Handler"], read["Timeout"], read["MemorySize"]) == ("app.handler", 12, 256)
    assert (read["Role"], read["Runtime"]) == (ROLE, "python3.13")
    assert read["Environment"]["Variables"] == {"TABLE": "items", "LIMIT": "5"}
    assert read["FunctionArn"] == worker.attributes["Arn"]
    assert answer["Tags"] == {"team": "shop"}
    assert answer["Concurrency"] == {"ReservedConcurrentExecutions": 3}


def test_a_function_in_an_image_names_its_image(cloud):
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1"
    cloud.make(lambda_function(PackageType="Image", Code={"ImageUri": image}, Handler=None, Runtime=None))

    assert cloud.client("lambda").get_function(FunctionName="shop-Fn")["Code"]["ImageUri"] == image


def test_a_function_that_is_not_asked_for_is_not_registered(cloud):
    cloud.make(lambda_function(), only=set())

    assert cloud.client("lambda").list_functions()["Functions"] == []


def test_versions_and_aliases_are_published(cloud):
    version = resource("AWS::Lambda::Version", "One", FunctionName="shop-Fn")
    made = cloud.make(
        resource("AWS::Lambda::Alias", "Live", FunctionName="shop-Fn", Name="live", FunctionVersion="1"),
        version,
        lambda_function(),
    )

    read = cloud.client("lambda").get_alias(FunctionName="shop-Fn", Name="live")
    assert (read["AliasArn"], read["FunctionVersion"]) == (made.name, version.attributes["Version"])


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
        lambda_function(),
    )

    read = cloud.client("lambda").get_event_source_mapping(UUID=made.name)
    assert (read["UUID"], read["EventSourceArn"], read["BatchSize"]) == (made.name, queue.arn, 5)
    assert read["EventSourceMappingArn"] == made.attributes["EventSourceMappingArn"]
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
def test_a_mapping_is_listed_though_its_source_is_not_in_moto(cloud, kind, properties, attribute):
    source = resource(kind, "Source", **properties).attributes[attribute]
    function_arn = f"{lambda_function().arn}:live"
    made = resource(
        "AWS::Lambda::EventSourceMapping", "Map", EventSourceArn=source, FunctionName=function_arn, Enabled=False
    )
    cloud.make(made)

    (read,) = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert (read["UUID"], read["EventSourceArn"], read["State"]) == (made.name, source, "Disabled")
    assert read["FunctionArn"] == lambda_function().arn


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
