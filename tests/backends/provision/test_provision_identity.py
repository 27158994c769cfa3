import json

import pytest

from tests.backends.provision.cloud import resource

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def role(**properties):
    return resource("AWS::IAM::Role", "FnRole", AssumeRolePolicyDocument=TRUST, **properties)


def test_a_role_has_its_ids_and_policies(cloud):
    made = cloud.make(
        role(
            Path="/shop/",
            Description="of the function",
            Policies=[{"PolicyName": "read", "PolicyDocument": READ}],
            ManagedPolicyArns=[BASIC],
            Tags=[{"Key": "team", "Value": "shop"}],
        )
    )

    iam = cloud.client("iam")
    read = iam.get_role(RoleName=made.name)["Role"]
    assert (read["Arn"], read["RoleId"]) == (made.attributes["Arn"], made.attributes["RoleId"])
    assert read["AssumeRolePolicyDocument"] == TRUST
    assert read["Tags"] == [{"Key": "team", "Value": "shop"}]
    assert iam.get_role_policy(RoleName=made.name, PolicyName="read")["PolicyDocument"] == READ
    attached = iam.list_attached_role_policies(RoleName=made.name)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [BASIC]


def test_an_aws_managed_policy_is_the_one_that_aws_has(cloud):
    cloud.make(role(ManagedPolicyArns=[BASIC]))

    iam = cloud.client("iam")
    version = iam.get_policy(PolicyArn=BASIC)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=BASIC, VersionId=version)["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
def test_a_document_without_a_version_or_with_the_old_one_is_taken(cloud, version):
    undated = {**version, "Statement": READ["Statement"]}
    trust = {**version, "Statement": TRUST["Statement"]}
    made = cloud.make(
        resource(
            "AWS::IAM::Role",
            "FnRole",
            AssumeRolePolicyDocument=trust,
            Policies=[{"PolicyName": "p", "PolicyDocument": undated}],
        ),
        resource("AWS::IAM::ManagedPolicy", "Managed", PolicyDocument=undated),
    )

    read = cloud.client("iam").get_role_policy(RoleName=made.name, PolicyName="p")["PolicyDocument"]
    assert read["Statement"] == READ["Statement"]


def test_a_role_can_be_assumed(cloud):
    made = cloud.make(role())

    answer = cloud.client("sts").assume_role(RoleArn=made.attributes["Arn"], RoleSessionName="me")
    assert answer["AssumedRoleUser"]["Arn"].endswith(f"assumed-role/{made.name}/me")
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == f"{made.attributes['RoleId']}:me"


def test_policies_are_put_on_those_that_they_name(cloud):
    made = role(RoleName="worker")
    user = resource("AWS::IAM::User", "Bob", UserName="bob", Path="/staff/")
    inline = resource(
        "AWS::IAM::Policy", "Inline", PolicyName="inline", PolicyDocument=READ, Roles=["worker"], Users=["bob"]
    )
    managed = resource(
        "AWS::IAM::ManagedPolicy",
        "Managed",
        ManagedPolicyName="managed",
        PolicyDocument=READ,
        Roles=["other", "worker"],
    )
    cloud.make(inline, managed, user, made)

    iam = cloud.client("iam")
    assert iam.list_role_policies(RoleName="worker")["PolicyNames"] == ["inline"]
    assert iam.list_user_policies(UserName="bob")["PolicyNames"] == ["inline"]
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [managed.name]
    assert iam.get_user(UserName="bob")["User"]["Arn"] == user.attributes["Arn"]


def test_a_role_that_is_given_a_managed_policy_of_the_template_has_it(cloud):
    managed = resource("AWS::IAM::ManagedPolicy", "Managed", PolicyDocument=READ)
    made = cloud.make(role(ManagedPolicyArns=[managed.name]), managed)

    attached = cloud.client("iam").list_attached_role_policies(RoleName=made.name)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [managed.name]


def test_users_are_in_their_groups(cloud):
    group = resource(
        "AWS::IAM::Group", "Staff", GroupName="staff", Policies=[{"PolicyName": "p", "PolicyDocument": READ}]
    )
    cloud.make(resource("AWS::IAM::User", "Bob", UserName="bob", Groups=["staff"]), group)

    iam = cloud.client("iam")
    assert [each["UserName"] for each in iam.get_group(GroupName="staff")["Users"]] == ["bob"]
    assert iam.list_group_policies(GroupName="staff")["PolicyNames"] == ["p"]


def pool(**properties):
    return resource("AWS::Cognito::UserPool", "People", **properties)


def test_a_pool_has_the_id_that_references_gave(cloud):
    made = cloud.make(
        pool(
            UserPoolName="people",
            AutoVerifiedAttributes=["email"],
            Policies={"PasswordPolicy": {"MinimumLength": "10", "RequireSymbols": False}},
        )
    )

    idp = cloud.client("cognito-idp")
    read = idp.describe_user_pool(UserPoolId=made.name)["UserPool"]
    assert (read["Id"], read["Arn"], read["Name"]) == (made.name, made.attributes["Arn"], "people")
    assert read["Policies"]["PasswordPolicy"]["MinimumLength"] == 10
    assert [each["Id"] for each in idp.list_user_pools(MaxResults=10)["UserPools"]] == [made.name]


def test_people_sign_in_through_a_client_and_their_tokens_name_the_pool(cloud):
    made = pool()
    client = resource(
        "AWS::Cognito::UserPoolClient",
        "Web",
        UserPoolId=made.name,
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    cloud.make(client, made)

    idp = cloud.client("cognito-idp")
    idp.admin_create_user(UserPoolId=made.name, Username="bob")
    idp.admin_set_user_password(UserPoolId=made.name, Username="bob", Password="Secret-123", Permanent=True)
    answer = idp.admin_initiate_auth(
        UserPoolId=made.name,
        ClientId=client.attributes["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "bob", "PASSWORD": "Secret-123"},
    )
    claims = claims_of(answer["AuthenticationResult"]["IdToken"])
    assert claims["aud"] == client.name
    assert claims["iss"] == made.attributes["ProviderURL"]


def claims_of(token):
    from joserfc import jws

    return json.loads(jws.extract_compact(token.encode()).payload)


def test_a_client_with_a_secret_has_the_one_that_references_gave(cloud):
    made = pool()
    client = resource("AWS::Cognito::UserPoolClient", "Web", UserPoolId=made.name, GenerateSecret="true")
    cloud.make(made, client)

    read = cloud.client("cognito-idp").describe_user_pool_client(UserPoolId=made.name, ClientId=client.name)
    assert read["UserPoolClient"]["ClientSecret"] == client.attributes["ClientSecret"]
    assert read["UserPoolClient"]["ClientName"] == "shop-Web"


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("UserPoolDomain", {"Domain": "shop-people"}),
        ("UserPoolGroup", {"GroupName": "admins"}),
        ("UserPoolUser", {"Username": "bob"}),
        ("UserPoolResourceServer", {"Identifier": "shop", "Name": "shop"}),
    ],
)
def test_what_belongs_to_a_pool_is_made_in_it(cloud, kind, properties):
    made = pool()
    cloud.make(made, resource(f"AWS::Cognito::{kind}", "Part", UserPoolId=made.name, **properties))

    idp = cloud.client("cognito-idp")
    found = {
        "UserPoolDomain": lambda: [
            idp.describe_user_pool_domain(Domain="shop-people")["DomainDescription"]["UserPoolId"]
        ],
        "UserPoolGroup": lambda: [each["UserPoolId"] for each in idp.list_groups(UserPoolId=made.name)["Groups"]],
        "UserPoolUser": lambda: [made.name for _ in idp.list_users(UserPoolId=made.name)["Users"]],
        "UserPoolResourceServer": lambda: [
            each["UserPoolId"]
            for each in idp.list_resource_servers(UserPoolId=made.name, MaxResults=10)["ResourceServers"]
        ],
    }
    assert found[kind]() == [made.name]
