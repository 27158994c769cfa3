"""Intrinsic functions and dynamic references: what they give, and what is told of wrong ones.

The examples with a source are CloudFormation's documentation's own.
"""

import base64
import ipaddress
import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import Resolver, Unknown
from pytest_serverless.templates.naming import Stack
from pytest_serverless.templates.reader import parse

RESOURCES = """
Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, VisibilityTimeout: 30}}
Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${AWS::StackName}-${Stage}'}}
Table: {Type: AWS::DynamoDB::Table}
Hidden: {Type: AWS::SQS::Queue, Condition: Never}
Cache: {Type: AWS::ElastiCache::CacheCluster, Properties: {Engine: redis}}
Password: {Type: AWS::SecretsManager::Secret, Properties: {Name: db, SecretString: '{"user": "ann", "port": 5432}'}}
Drawn:
  Type: AWS::SecretsManager::Secret
  Properties:
    GenerateSecretString: {SecretStringTemplate: '{"user": "bob"}', GenerateStringKey: pw, PasswordLength: 12}
Setting: {Type: AWS::SSM::Parameter, Properties: {Name: /app/level, Value: !Ref Stage, Type: String}}
"""
CONDITIONS = """
Never: !Equals [a, b]
IsDev: !Equals [!Ref Stage, dev]
Both: !And [!Condition IsDev, !Not [!Condition Never]]
Neither: !And [!Condition IsDev, !Condition Never]
Either: !Or [!Condition Never, !Condition IsDev]
"""
MAPPINGS = "Regions: {us-east-1: {ami: ami-1, zones: [a, b]}}"
HERE = Path("template.yaml")


@pytest.fixture
def resolver():
    return make_resolver()


def make_resolver(**imports):
    return Resolver(
        stack=Stack("demo"),
        faults=Faults(),
        resources=parse(RESOURCES, HERE),
        parameters={"Stage": "dev", "Zones": ["a", "b", "c"]},
        mappings=parse(MAPPINGS, HERE),
        conditions=parse(CONDITIONS, HERE),
        imports=imports,
    )


def resolve(resolver, text):
    return resolver.resolve(parse(f"value: {text}", HERE))["value"]


def told_of(resolver, text):
    value = resolve(resolver, text)
    assert isinstance(value, Unknown)
    return [str(fault) for fault in resolver.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Queue", "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"),
        ("!Ref Bucket", "demo-dev"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Sub '${AWS::Partition}/${AWS::URLSuffix}/${AWS::AccountId}'", "aws/amazonaws.com/123456789012"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:us-east-1:123456789012:jobs"),
        ("!GetAtt Queue.QueueName", "jobs"),
        ("!GetAtt Queue.VisibilityTimeout", 30),
        ("!Sub '${Queue.Arn}:${!Literal}:${Stage}'", "arn:aws:sqs:us-east-1:123456789012:jobs:${Literal}:dev"),
        ("!Sub ['${Name}-${Stage}', {Name: !GetAtt Queue.QueueName}]", "jobs-dev"),
        ("!Sub ['${On}', {On: true}]", "true"),
        ("!Join [':', [a, !Ref Stage, 3]]", "a:dev:3"),
        ("!Join [',', !Ref Zones]", "a,b,c"),
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-select.html
        ("!Select ['1', [apples, grapes, oranges, mangoes]]", "grapes"),
        ("!Select [2, !Split ['|', 'a|b|c']]", "c"),
        # …/intrinsic-function-reference-split.html
        ("!Split ['|', 'a||c|']", ["a", "", "c", ""]),
        ("!If [IsDev, small, large]", "small"),
        ("[1, !If [IsDev, !Ref AWS::NoValue, 2], 3]", [1, 3]),
        ("{a: 1, b: !If [Never, 2, !Ref AWS::NoValue]}", {"a": 1}),
        ("!If [Both, yes it is, no]", "yes it is"),
        ("!If [Either, 1, 2]", 1),
        ("!If [Neither, 1, 2]", 2),
        ("!FindInMap [Regions, !Ref AWS::Region, ami]", "ami-1"),
        ("!FindInMap [Regions, !Ref AWS::Region, zones]", ["a", "b"]),
        ("!FindInMap [Regions, mars, ami, {DefaultValue: !Ref Stage}]", "dev"),
        ("{'Fn::Base64': !Sub 'x${Stage}'}", base64.b64encode(b"xdev").decode()),
        # …/intrinsic-function-reference-cidr.html
        ("!Cidr ['192.168.0.0/24', '6', '5']", [f"192.168.0.{32 * n}/27" for n in range(6)]),
        ("!GetAZs ''", ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ("{'Fn::Length': !Ref Zones}", 3),
        ("{'Fn::ToJsonString': {a: [1, !Ref Stage]}}", '{"a":[1,"dev"]}'),
        ("'{{resolve:ssm:/app/level:1}}'", "dev"),
        ("'{{resolve:secretsmanager:db:SecretString:user}}'", "ann"),
        ("!Sub '{{resolve:secretsmanager:${Password}:SecretString:port}}!'", "5432!"),
        ("{Ref: a, Fn: b}", {"Ref": "a", "Fn": "b"}),
    ],
)
def test_a_value_without_references_comes_out(resolver, text, value):
    assert resolve(resolver, text) == value
    assert [str(fault) for fault in resolver.faults] == []


def test_a_generated_secret_is_the_same_each_time_and_as_long_as_asked():
    text = "!Sub '{{resolve:secretsmanager:${Drawn}:SecretString:pw}}'"

    first, second = (resolve(make_resolver(), text) for _ in range(2))

    assert first == second
    assert len(first) == 12


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("network-vpc", "!ImportValue network-vpc"),
        ("network-vpc", "{'Fn::ImportValue': !Sub 'network-${Kind}'}"),
        ("ssm:/shared/key", "'{{resolve:ssm:/shared/key:7}}'"),
        ("ssm:/shared/key:7", "'{{resolve:ssm:/shared/key:7}}'"),
        ("ssm:/shared/key", "'{{resolve:ssm-secure:/shared/key}}'"),
        ("secretsmanager:api", "'{{resolve:secretsmanager:api}}'"),
        ("secretsmanager:api:SecretString:key", "'{{resolve:secretsmanager:api:SecretString:key::}}'"),
        ("Nested.Outputs.Url", "!GetAtt Nested.Outputs.Url"),
    ],
)
def test_what_comes_from_outside_is_looked_up_in_the_stubs(key, text):
    resolver = make_resolver(**{key: "given"})
    resolver.parameters["Kind"] = "vpc"

    assert resolve(resolver, text) == "given"
    assert not resolver.faults


def test_a_stub_of_a_secret_may_be_an_object():
    resolver = make_resolver(**{"secretsmanager:api": {"key": "k-1"}})

    assert resolve(resolver, "'{{resolve:secretsmanager:api:SecretString:key}}'") == "k-1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("!Ref Quue", "It refers to 'Quue', and there is no such parameter or resource. Did you mean 'Queue'?"),
        ("!Ref AWS::Reigon", "Did you mean 'AWS::Region'"),
        ("!Sub '${Stag}'", "It refers to 'Stag', and there is no such parameter or resource. Did you mean 'Stage'?"),
        ("!Sub '${not a name}'", "Fn::Sub finds ${not a name}, which is no name. Write ${!not a name} if"),
        ("!Sub '${Zones}'", "${Zones} in Fn::Sub takes text, and got ['a', 'b', 'c']."),
        ("!GetAtt Queue.Arm", "'Queue' is an AWS::SQS::Queue, which has no attribute 'Arm' here. Did you mean 'Arn'?"),
        ("!GetAtt Table.StreamArn", "which has no attribute 'StreamArn' here."),
        ("!GetAtt Stage.Arn", "It takes the attribute 'Arn' of 'Stage', and that is a parameter. Use Ref."),
        ("!GetAtt Bukket.Arn", "It takes the attribute 'Arn' of 'Bukket', and there is no such resource."),
        ("!GetAtt Queue", "Fn::GetAtt got ['Queue']. Write [LogicalId, Attribute]."),
        ("!Ref Hidden", "It refers to 'Hidden', which is not there: its condition 'Never' is false."),
        ("!If [Nevr, 1, 2]", None),
        ("!Foo bar", "There is no intrinsic function Fn::Foo."),
        ("!Joint ['', []]", "There is no intrinsic function Fn::Joint. Did you mean 'Fn::Join', "),
        ("{'Fn::Sub': a, b: 1}", "Fn::Sub stands beside 'b'. An intrinsic function stands alone in its mapping."),
        ("!Join [',', abc]", "Its argument is 'abc'. Write [delimiter, [values]]."),
        ("!Join [',', [{a: 1}]]", "Fn::Join takes text, and got {'a': 1}."),
        ("!Select [5, [a, b]]", "Fn::Select takes item 5 of ['a', 'b']. The first is 0."),
        ("!Select [x, [a, b]]", "Fn::Select got ['x', ['a', 'b']]. Write [index, [values]]."),
        ("!Split ['', abc]", "Fn::Split has an empty delimiter."),
        ("!FindInMap [Regions, us-east-1, amy]", "looks for 'amy', which is not in the mapping."),
        (
            "!FindInMap [Region, us-east-1, ami]",
            "looks for 'Region', which is not in the mapping. Did you mean 'Regions'?",
        ),
        ("!Cidr [10.0.0.0/24, 9, 5]", "10.0.0.0/24 does not have 9 such networks."),
        ("!Cidr [nowhere, 1]", "Fn::Cidr got ['nowhere', 1]: "),
        ("{'Fn::Length': abc}", "Its argument is 'abc'. Write a list."),
        ("!ImportValue other", "The export 'other' comes from outside of the template, and no value is given for it."),
        ("'{{resolve:ssm:/none}}'", "Give one in serverless_imports under 'ssm:/none'."),
        ("'{{resolve:secretsmanager:db:SecretString:pw}}'", "The secret 'db' has no key 'pw'."),
        (
            "'{{resolve:vault:x}}'",
            "There is no dynamic reference to 'vault'. There are: ssm, ssm-secure and secretsmanager.",
        ),
    ],
)
def test_a_wrong_one_is_told_of_with_what_to_do(resolver, text, said):
    if said is None:  # a condition that is not there counts as false
        assert resolve(resolver, text) == 2
        assert "There is no condition 'Nevr'. Did you mean 'Never'?" in str(next(iter(resolver.faults)))
        return
    faults = told_of(resolver, text)

    assert len(faults) == 1
    assert said in faults[0]
    assert faults[0].startswith("template.yaml:1: ")


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ("{A: !Not [!Condition B], B: !Not [!Condition A]}", "Conditions go round in a circle: A -> B -> A. Break it."),
        ("{A: !Equals [1]}", "{'Fn::Equals': [1]} is no condition."),
        ("{A: yes}", "True is no condition. Use Fn::Equals with two values"),
        ("{A: !And [!Condition Nope]}", "There is no condition 'Nope'."),
    ],
)
def test_a_wrong_condition_is_told_of_even_if_nothing_uses_it(conditions, said):
    resolver = Resolver(
        stack=Stack("demo"), faults=Faults(), resources={}, conditions=parse(f"x: {conditions}", HERE)["x"]
    )

    resolver.conditions.check()

    assert said in "\n".join(map(str, resolver.faults))


def test_one_fault_does_not_lead_to_others(resolver):
    faults = told_of(resolver, "!Join ['-', [!Sub '${Nope}', !Select [0, !Split [',', !GetAtt Nope.Arn]]]]")

    assert len(faults) == 2, "the two references, and nothing that follows from them"


def test_an_attribute_that_only_a_deployment_knows_is_stood_for_and_noted(resolver):
    value = resolve(resolver, "!GetAtt Cache.RedisEndpoint.Address")

    assert value == "Cache-RedisEndpoint-Address"
    assert "serverless_imports under Cache.RedisEndpoint.Address" in resolver.notes[0].text
    assert resolve(resolver, "!GetAtt Cache.Engine") == "redis"


def test_an_included_file_is_resolved_where_it_is_inserted(resolver, tmp_path):
    (tmp_path / "part.yaml").write_text("where: !Ref AWS::Region\n")
    text = "a: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: part.yaml}}}"

    assert resolver.resolve(parse(text, tmp_path / "template.yaml")) == {"a": {"where": "us-east-1"}}
    assert not resolver.faults


def test_an_included_file_that_is_not_there_is_told_of_and_another_macro_noted(resolver, tmp_path):
    include = "a: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: part.yaml}}}"

    resolver.resolve(parse(include, tmp_path / "template.yaml"))
    resolver.resolve(parse("a: {'Fn::Transform': {Name: Mine}, b: 1}", HERE))

    assert "there is no such file" in str(next(iter(resolver.faults)))
    assert "The macro 'Mine' runs only where the template is deployed" in resolver.notes[0].text


TEXTS = st.text(max_size=20)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(TEXTS.filter(lambda text: "," not in text and "{{resolve:" not in text), min_size=1, max_size=5))
def test_what_is_joined_can_be_split_again(items):
    joined = {"Fn::Join": [",", items]}

    assert make_resolver().resolve({"Fn::Split": [",", joined]}) == items


@settings(deadline=None, max_examples=100, derandomize=True)
@given(TEXTS)
def test_any_text_goes_through_a_substitution_unchanged(text):
    resolver = make_resolver()

    assert resolver.resolve({"Fn::Sub": ["${It}", {"It": text}]}) == text
    assert resolver.resolve({"Fn::Sub": text.replace("${", "$ {")}) == text.replace("${", "$ {")
    assert base64.b64decode(resolver.resolve({"Fn::Base64": text})).decode() == text


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.recursive(TEXTS | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3), max_leaves=8))
def test_json_text_holds_the_value_again(value):
    assert json.loads(make_resolver().resolve({"Fn::ToJsonString": value})) == value


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.integers(min_value=16, max_value=24), st.integers(min_value=2, max_value=8), st.integers(1, 4))
def test_networks_are_as_many_as_asked_disjoint_and_inside(prefix, bits, count):
    assume(count <= 2 ** (32 - prefix - bits))
    block = ipaddress.ip_network(f"10.1.0.0/{prefix}")

    found = [ipaddress.ip_network(each) for each in make_resolver().resolve({"Fn::Cidr": [str(block), count, bits]})]

    assert len(found) == count
    assert all(each.subnet_of(block) and each.num_addresses == 2**bits for each in found)
    assert not any(one.overlaps(other) for one in found for other in found if one != other)
