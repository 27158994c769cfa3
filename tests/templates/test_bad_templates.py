"""Templates that cannot be deployed, and what is said of them: where it is, what it is, what to do."""

import contextlib
import copy
import json
from pathlib import Path
from random import Random

import pytest

from pytest_serverless.errors import TemplateError
from pytest_serverless.templates import load, reader
from pytest_serverless.templates.cloudformation import build
from pytest_serverless.templates.naming import Stack

FUNCTION = """
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      CodeUri: .
"""


@pytest.fixture
def said_of(tmp_path):
    def said_of(body, *, sam=True, name="template.yaml", **options):
        path = tmp_path / name
        path.write_text(("Transform: AWS::Serverless-2016-10-31\n" if sam else "") + body)
        with pytest.raises(TemplateError) as caught:
            load(path, **options)
        return str(caught.value).replace(f"{tmp_path.resolve()}/", "")

    return said_of


CASES = {
    "a reference to nothing": (
        f"Resources:{FUNCTION}      Environment:\n        Variables:\n          QUEUE: !Ref Jobz\n"
        "  Jobs: {Type: AWS::SQS::Queue}\n",
        "template.yaml:11: Fn: It refers to 'Jobz', and there is no such parameter or resource. Did you mean 'Jobs'?",
    ),
    "a circle": (
        "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt B.QueueName}}\n"
        "  B: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: !Ref A}]}}\n",
        "template.yaml:3: A: Resources need each other in a circle, and none could be made first: A -> B -> A. "
        "Take one of the references away, or write the name that it stands for.",
    ),
    "the circle of a bucket and the function that it calls": (
        f"Resources:{FUNCTION}      Environment: {{Variables: {{BUCKET: !Ref Files}}}}\n"
        "      Events: {Up: {Type: S3, Properties: {Bucket: !Ref Files, Events: s3:ObjectCreated:*}}}\n"
        "  Files: {Type: AWS::S3::Bucket}\n",
        "template.yaml:3: Fn: Resources need each other in a circle, and none could be made first: Fn -> Files -> Fn. "
        "Give the bucket a BucketName, and use that name in the function and its policies instead of a reference.",
    ),
    "a circle of waiting": (
        "Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: B}\n  B: {Type: AWS::SQS::Queue, DependsOn: [A]}\n",
        "in a circle, and none could be made first: A -> B -> A.",
    ),
    "waiting for nothing": (
        "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    DependsOn: Bee\n  Been: {Type: AWS::SQS::Queue}\n",
        "template.yaml:5: A: It depends on 'Bee', and there is no such resource. Did you mean 'Been'?",
    ),
    "an unknown intrinsic": (
        "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Subb x\n",
        "template.yaml:6: A: There is no intrinsic function Fn::Subb. Did you mean 'Fn::Sub'?",
    ),
    "a code path that is not there": (
        f"Resources:{FUNCTION}".replace("CodeUri: .", "CodeUri: sorce/"),
        "template.yaml:8: Fn: The code is at 'sorce/', which is no folder: sorce. "
        "Correct the path; it is relative to the template in ",
    ),
    "a runtime that there is not": (
        f"Resources:{FUNCTION}".replace("python3.12", "pyhton3.12"),
        "template.yaml:7: Fn: There is no runtime 'pyhton3.12'. Did you mean 'python3.12', ",
    ),
    "a runtime that Globals give and there is not": (
        f"Globals:\n  Function:\n    Runtime: python4\nResources:{FUNCTION}".replace("      Runtime: python3.12\n", ""),
        "template.yaml:4: Fn: There is no runtime 'python4'.",
    ),
    "a timeout that Lambda does not take": (
        f"Resources:{FUNCTION}      Timeout: 901\n",
        "template.yaml:9: Fn: Timeout is 901. Lambda takes 1 to 900.",
    ),
    "a memory size that is no number": (
        f"Resources:{FUNCTION}      MemorySize: lots\n",
        "template.yaml:9: Fn: MemorySize is 'lots', which is no number. Write a whole number.",
    ),
    "a variable that is no text": (
        f"Resources:{FUNCTION}      Environment: {{Variables: {{HOSTS: [a, b]}}}}\n",
        "Fn: The environment variable HOSTS is ['a', 'b']. Variables are text: use Fn::ToJsonString or Fn::Join.",
    ),
    "a misspelt property": (
        f"Resources:{FUNCTION}      Timout: 3\n",
        "template.yaml:9: Fn: A function has no property 'Timout'. Did you mean 'Timeout'?",
    ),
    "a misspelt serverless type": (
        "Resources:\n  Fn: {Type: AWS::Serverless::Funktion}\n",
        "template.yaml:3: Fn: There is no type AWS::Serverless::Funktion. Did you mean 'Function'?",
    ),
    "a misspelt event": (
        f"Resources:{FUNCTION}      Events:\n        Get: {{Type: HttpAPI}}\n",
        "template.yaml:10: Fn: The event Get has the Type 'HttpAPI', which SAM does not know. Did you mean 'HttpApi'",
    ),
    "an event without its source": (
        f"Resources:{FUNCTION}      Events:\n        Jobs: {{Type: SQS, Properties: {{BatchSize: 3}}}}\n",
        "template.yaml:10: Fn: The event Jobs (SQS) has no Queue. Write what it has to have.",
    ),
    "a bucket of another template": (
        f"Resources:{FUNCTION}      Events:\n        Up: {{Type: S3, Properties: {{Bucket: mine, Events: x}}}}\n",
        "The event Up (S3) has the Bucket 'mine'. Write !Ref with an AWS::S3::Bucket of this template",
    ),
    "two events for one route": (
        f"Resources:{FUNCTION}      Events:\n        A: {{Type: Api, Properties: {{Path: /a, Method: get}}}}\n"
        "        B: {Type: Api, Properties: {Path: /a, Method: GET}}\n",
        "template.yaml:11: Fn: GET /a is already an event of ServerlessRestApi.",
    ),
    "an authorizer that there is not": (
        f"Resources:{FUNCTION}      Events:\n        A: {{Type: Api, Properties: {{Path: /a, Method: get, "
        "Auth: {Authorizer: Jwtt}}}\n",
        "Fn: The event A asks for the authorizer 'Jwtt', which the API does not have.",
    ),
    "an API that there is not": (
        f"Resources:{FUNCTION}      Events:\n        A: {{Type: Api, Properties: {{Path: /a, Method: get, "
        "RestApiId: !Ref Nope}}\n",
        "The event A (Api) has the RestApiId {'Ref': 'Nope'}. Write !Ref with an AWS::Serverless::Api of this template",
    ),
    "a policy template that there is not": (
        f"Resources:{FUNCTION}      Policies:\n        - DynamoDBCRUDPolicy: {{TableName: x}}\n",
        "template.yaml:10: Fn: There is no policy template 'DynamoDBCRUDPolicy'. Did you mean 'DynamoDBCrudPolicy'",
    ),
    "a policy template without its parameter": (
        f"Resources:{FUNCTION}      Policies:\n        - DynamoDBCrudPolicy: {{Table: x}}\n",
        "Fn: The policy template DynamoDBCrudPolicy lacks TableName. It takes 'TableName'.",
    ),
    "a part of Globals that there is not": (
        f"Globals: {{Functions: {{Timeout: 3}}}}\nResources:{FUNCTION}",
        "template.yaml:2: Globals has no part 'Functions'. Did you mean 'Function'?",
    ),
    "a property that Globals cannot give": (
        f"Globals:\n  Function:\n    Role: x\nResources:{FUNCTION}",
        "template.yaml:4: Globals.Function has Role. Each function has to say it itself.",
    ),
    "a definition that is not there": (
        "Resources:\n  Api: {Type: AWS::Serverless::Api, Properties: {StageName: x, DefinitionUri: api.yaml}}\n",
        "Api: The DefinitionUri names api.yaml, and there is no such file. Correct it.",
    ),
    "a misspelt section": (
        "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutput: {}\n",
        "template.yaml:3: A template has no section 'Output'. Did you mean 'Outputs'?",
    ),
    "no resources": ("Parameters: {}\n", "The template has no resources. Declare some under Resources."),
    "a resource without a type": (
        "Resources:\n  Q: {Properties: {}}\n",
        "template.yaml:3: Q: This resource has no Type. Write one, such as AWS::SQS::Queue.",
    ),
    "an output without a value": (
        "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs:\n  Url: {Description: x}\n",
        "template.yaml:4: Url: This output has no Value. Write one.",
    ),
    "a condition that there is not": (
        "Conditions: {IsProd: !Equals [a, a]}\nResources:\n  Q: {Type: AWS::SQS::Queue, Condition: IsPrd}\n",
        "template.yaml:4: Q: There is no condition 'IsPrd'. Did you mean 'IsProd'?",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_said_where_it_is_what_it_is_and_what_to_do(case, said_of):
    body, said = CASES[case]

    assert said in said_of(body)


def test_every_fault_is_told_of_at_once(said_of):
    said = said_of(
        "Parameters: {Stage: {Type: String}}\n"
        "Resources:\n"
        "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue a-name}}\n"
        "  T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${Stage}-${Nope}', DisplayName: !Ref Nope}}\n"
    )

    assert said.splitlines()[0].endswith("template.yaml has 3 faults:")
    assert [line.split(":")[1] for line in said.splitlines()[1:]] == ["2", "4", "5"]


def test_everything_that_is_missing_is_in_one_error_with_the_names_to_give(said_of):
    said = said_of(
        "Parameters: {A: {Type: String}, B: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /b}}\n"
        "Resources:\n"
        "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue c, KmsMasterKeyId: '{{resolve:ssm:/d}}'}}\n"
    )

    for name in ("serverless_parameters = A=", "'ssm:/b'", "'c'", "'ssm:/d'"):
        assert name in said


def test_a_fault_carries_its_parts(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text("Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nope}}\n")

    with pytest.raises(TemplateError) as caught:
        load(path)

    (fault,) = caught.value.faults
    assert (caught.value.template, fault.id, fault.origin.line) == (path.resolve(), "Q", 2)
    assert fault.what == "It refers to 'Nope', and there is no such parameter or resource."
    assert fault.do == "Declare it, or correct the name."


@pytest.mark.parametrize(
    ("declared", "given", "said"),
    [
        (
            "Type: String, AllowedValues: [dev, prod]",
            "test",
            "Its value is 'test', which is not among AllowedValues. Give 'dev' or",
        ),
        (
            "Type: String, AllowedPattern: '[a-z]+'",
            "A1",
            "Its value is 'A1', which does not match AllowedPattern '[a-z]+'.",
        ),
        ("Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: Small letters.", "A", "Small letters."),
        ("Type: Number", "ten", "Its value is 'ten', which is no number. Give a number."),
        ("Type: Number, MinValue: 3", "2", "Its value is '2', which is under MinValue 3. Give more."),
        ("Type: Number, MaxValue: 3", 4, "Its value is '4', which is over MaxValue 3. Give less."),
        ("Type: String, MinLength: 3", "ab", "Its value is 'ab', which is under MinLength 3."),
        ("Type: List<Number>", "1,x", "Its value is 'x', which is no number."),
        ("Type: String, NoEcho: true, MinLength: 9", "secret", "Its value is ****, which is under MinLength 9."),
        ("Type: Strnig", "x", "There is no parameter type 'Strnig'. Did you mean 'String'?"),
        (
            "Type: 'AWS::SSM::Parameter::Value<String>'",
            "/x",
            "Its value is the SSM parameter '/x', which is not known here.",
        ),
    ],
)
def test_a_wrong_parameter_value_is_told_of(said_of, declared, given, said):
    body = f"Parameters: {{P: {{{declared}}}}}\nResources: {{Q: {{Type: AWS::SQS::Queue}}}}\n"

    told = said_of(body, parameters={"P": given})

    assert "template.yaml:2: P: " in told
    assert said in told


def test_a_value_for_a_parameter_that_there_is_not_is_told_of(said_of):
    body = "Parameters: {Stage: {Type: String, Default: x}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n"

    said = said_of(body, parameters={"Stag": "dev"})

    assert (
        "Stag: A value is given for this parameter, which the template does not declare. Did you mean 'Stage'?" in said
    )


FIXTURES = Path(__file__).parents[2] / "fixtures/templates"
DOCUMENTS = [(path, reader.plain(reader.read(path))) for path in sorted(FIXTURES.glob("*/*.yaml"))]
ODDITIES = (None, "", 3, 1.5, True, "x", [], {}, [1], {"a": 1}, ["a", {"b": 2}], [None], [[]])
REFERENCES = ({"Ref": "Nope"}, {"Ref": "AWS::NoValue"}, {"Fn::If": ["x"]}, {"Fn::Sub": 3})


def places(value, found):
    """Every place in a document, as what holds it and its key there."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found.append((value, key))
        places(item, found)
    return found


@pytest.mark.parametrize("seed", range(200))
def test_whatever_stands_somewhere_the_template_is_read_or_told_of(seed):
    random = Random(seed)
    path, document = random.choice(DOCUMENTS)
    document = copy.deepcopy(document)
    for _ in range(random.choice((1, 2))):
        holder, key = random.choice(places(document, []))
        holder[key] = random.choice(ODDITIES + REFERENCES)
    document = reader.parse(json.dumps(document), path.with_suffix(".json"))

    with contextlib.suppress(TemplateError):  # and nothing else
        build(document, path=path, stack=Stack("demo"), parameters={}, imports={}, overrides={})


def test_bad_yaml_is_told_of_with_its_line(said_of):
    assert "template.yaml:5: This is not YAML" in said_of("Resources:\n  A:\n    - x: [\n")


def test_a_template_that_is_no_mapping_is_told_of(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text("- a\n- b\n")

    with pytest.raises(TemplateError, match="The file holds no mapping"):
        load(Path(path))
