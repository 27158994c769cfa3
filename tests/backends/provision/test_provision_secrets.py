import json

import pytest

from pytest_serverless.errors import ProvisioningError
from tests.backends.provision.cloud import resource


def secret(**properties):
    return resource("AWS::SecretsManager::Secret", "Key", **properties)


def value_of(cloud, made):
    return cloud.client("secretsmanager").get_secret_value(SecretId=made.name)["SecretString"]


@pytest.mark.parametrize("named", [{"Name": "shop/api-key-secret"}, {}])
def test_a_secret_has_the_arn_that_references_gave(cloud, named):
    made = cloud.make(secret(**named, SecretString="s3cret", Description="of the API"))

    read = cloud.client("secretsmanager").describe_secret(SecretId=made.name)
    assert (read["ARN"], read["Description"]) == (made.name, "of the API")
    assert made.name.rpartition(":secret:")[2].startswith(f"{read['Name']}-")
    assert value_of(cloud, made) == "s3cret"
    assert cloud.client("secretsmanager").get_secret_value(SecretId=read["Name"])["ARN"] == made.name


def test_a_secret_has_its_tags(cloud):
    made = cloud.make(secret(SecretString="x", Tags=[{"Key": "team", "Value": "shop"}]))

    read = cloud.client("secretsmanager").describe_secret(SecretId=made.name)
    assert read["Tags"] == [{"Key": "team", "Value": "shop"}]


def test_a_secret_without_a_value_has_none(cloud):
    made = cloud.make(secret())

    manager = cloud.client("secretsmanager")
    with pytest.raises(manager.exceptions.ResourceNotFoundException):
        value_of(cloud, made)


def test_a_secrets_policy_is_put_on_it(cloud):
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        ],
    }
    made = secret(SecretString="x")
    cloud.make(made, resource("AWS::SecretsManager::ResourcePolicy", "P", SecretId=made.name, ResourcePolicy=document))

    read = cloud.client("secretsmanager").get_resource_policy(SecretId=made.name)
    assert json.loads(read["ResourcePolicy"]) == document


def test_a_parameter_has_its_value_and_tags(cloud):
    made = cloud.make(
        resource("AWS::SSM::Parameter", "Limit", Name="/shop/limit", Type="String", Value=5, Tags={"team": "shop"})
    )

    ssm = cloud.client("ssm")
    read = ssm.get_parameter(Name=made.name)["Parameter"]
    assert (read["Value"], read["Type"], read["ARN"]) == ("5", "String", made.attributes["Arn"])
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=made.name)["TagList"]
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_a_key_has_the_id_that_references_gave_and_encrypts(cloud):
    made = cloud.make(
        resource(
            "AWS::KMS::Key",
            "Key",
            Description="of the shop",
            EnableKeyRotation=True,
            KeyPolicy={"Version": "2012-10-17", "Statement": []},
            Tags=[{"Key": "team", "Value": "shop"}],
        )
    )

    kms = cloud.client("kms")
    read = kms.describe_key(KeyId=made.name)["KeyMetadata"]
    assert (read["KeyId"], read["Arn"]) == (made.name, made.attributes["Arn"])
    assert [each["KeyId"] for each in kms.list_keys()["Keys"]] == [made.name]
    assert kms.get_key_rotation_status(KeyId=made.name)["KeyRotationEnabled"] is True
    assert kms.list_resource_tags(KeyId=made.name)["Tags"] == [{"TagKey": "team", "TagValue": "shop"}]
    sealed = kms.encrypt(KeyId=made.attributes["Arn"], Plaintext=b"hello")
    assert sealed["KeyId"] == made.attributes["Arn"]
    assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"] == b"hello"


def test_an_alias_leads_to_its_key_which_may_be_disabled(cloud):
    key = resource("AWS::KMS::Key", "Key", Enabled="false", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    made = cloud.make(resource("AWS::KMS::Alias", "Alias", AliasName="alias/shop", TargetKeyId=key.name), key)

    read = cloud.client("kms").describe_key(KeyId=made.name)["KeyMetadata"]
    assert (read["KeyId"], read["Enabled"], read["KeySpec"]) == (key.name, False, "ECC_NIST_P256")


def test_a_key_of_several_regions_names_itself_as_primary(cloud):
    made = cloud.make(
        resource("AWS::KMS::Key", "Key", MultiRegion=True, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    )

    read = cloud.client("kms").describe_key(KeyId=made.name)["KeyMetadata"]
    assert read["MultiRegionConfiguration"]["PrimaryKey"]["Arn"] == made.attributes["Arn"]


def test_a_schedule_gives_a_secret_its_rotation_function_and_rotates_nothing(cloud):
    function = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
    made = secret(SecretString="s3cret")
    schedule = resource(
        "AWS::SecretsManager::RotationSchedule",
        "Rotation",
        SecretId=made.name,
        RotationLambdaARN=function,
        RotationRules={"AutomaticallyAfterDays": "30"},
    )
    cloud.make(made, schedule)

    read = cloud.client("secretsmanager").describe_secret(SecretId=made.name)
    assert (read["RotationEnabled"], read["RotationLambdaARN"]) == (True, function)
    assert read["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert list(read["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    assert value_of(cloud, made) == "s3cret"


def test_a_schedule_of_a_secret_that_is_not_there_is_told_of(cloud):
    schedule = resource(
        "AWS::SecretsManager::RotationSchedule", "Rotation", SecretId="other", RotationLambdaARN="arn:aws:lambda:x"
    )

    with pytest.raises(ProvisioningError, match=r"template\.yaml:7: Rotation .*SecretId: there is no secret 'other'"):
        cloud.make(schedule)
