"""Loading: values of parameters and their types, samconfig.toml, names of stacks, and reading a file but once."""

import os

import pytest

from pytest_serverless.errors import TemplateError
from pytest_serverless.templates import load, reader
from pytest_serverless.templates.samconfig import environment_of

BODY = """
Parameters:
  Stage: {Type: String, Default: dev}
  Count: {Type: Number, Default: 3}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Ports: {Type: List<Number>, Default: "80,443"}
  Flag: {Type: String, Default: true}
  Vpc: {Type: "AWS::EC2::VPC::Id", Default: vpc-1}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-${Stage}"}}}
Outputs:
  Stage: {Value: !Ref Stage}
  Count: {Value: !Ref Count}
  Zones: {Value: !Ref Zones}
  Ports: {Value: !Ref Ports}
  Flag: {Value: !Ref Flag}
  Vpc: {Value: !Ref Vpc}
"""

CONFIG = """
version = 0.1
[default.global.parameters]
stack_name = "shop"
parameter_overrides = "Stage=global"
[default.deploy.parameters]
parameter_overrides = 'Stage="from file" Count=7 Other=ignored'
[prod.deploy.parameters]
parameter_overrides = ["Stage=prod", "Zones=x,y"]
stack_name = "shop-prod"
[long.deploy.parameters]
parameter_overrides = "ParameterKey=Stage,ParameterValue=long ParameterKey=Count,ParameterValue=9"
[table.deploy.parameters.parameter_overrides]
Stage = "table"
"""


@pytest.fixture
def template(tmp_path):
    folder = tmp_path / "my shop"
    folder.mkdir()
    path = folder / "template.yaml"
    path.write_text(BODY)
    return path


def test_parameters_have_the_values_of_their_types(template):
    assert load(template).outputs == {
        "Stage": "dev",
        "Count": "3",
        "Zones": ["a", "b"],
        "Ports": ["80", "443"],
        "Flag": "true",
        "Vpc": "vpc-1",
    }


def test_what_is_given_wins_over_samconfig_and_that_over_defaults(template):
    (template.parent / "samconfig.toml").write_text(CONFIG)

    app = load(template, parameters={"Stage": "mine", "Zones": ["z"]})

    assert (app.outputs["Stage"], app.outputs["Count"], app.outputs["Zones"]) == ("mine", "7", ["z"])
    assert load(template).outputs["Stage"] == "from file"


@pytest.mark.parametrize(
    ("environment", "stage", "stack"),
    [
        (None, "from file", "shop"),
        ("prod", "prod", "shop-prod"),
        ("long", "long", "my-shop"),
        ("table", "table", "my-shop"),
    ],
)
def test_an_environment_gives_parameters_and_the_stacks_name(template, environment, stage, stack):
    (template.parent / "samconfig.toml").write_text(CONFIG)

    app = load(template, environment=environment)

    assert (app.outputs["Stage"], app.name) == (stage, stack)


def test_samconfig_may_be_yaml(template):
    config = "version: 0.1\ndefault: {deploy: {parameters: {parameter_overrides: [Stage=yaml, Count=4]}}}\n"
    (template.parent / "samconfig.yaml").write_text(config)

    assert load(template).outputs["Stage"] == "yaml"


@pytest.mark.parametrize(
    ("text", "overrides"),
    [
        ("A=1 B=two", {"A": "1", "B": "two"}),
        ("A=\"with space\" B='single'", {"A": "with space", "B": "single"}),
        (r'A="say \"hi\"" B=', {"A": 'say "hi"', "B": ""}),
        ("ParameterKey=A,ParameterValue=x=y", {"A": "x=y"}),
        ("A=https://example.com/?a=b", {"A": "https://example.com/?a=b"}),
        ("", {}),
    ],
)
def test_overrides_are_read_as_sam_reads_them(tmp_path, text, overrides):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    (tmp_path / "samconfig.toml").write_text(f'[x.deploy.parameters]\nparameter_overrides = "{quoted}"\n')

    assert environment_of(tmp_path, "x").parameters == overrides


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (CONFIG, "samconfig.toml:1: There is no environment 'prd'. Did you mean 'prod'?"),
        ("a = \n", "samconfig.toml:1: This is not TOML: "),
        (None, "The environment 'prd' is asked for, and there is no samconfig.toml beside the template."),
    ],
)
def test_a_wrong_environment_is_told_of(template, config, said):
    if config is not None:
        (template.parent / "samconfig.toml").write_text(config)

    with pytest.raises(TemplateError) as caught:
        load(template, environment="prd")

    assert said in str(caught.value)


def test_an_ssm_parameter_is_looked_up_in_the_stubs(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(
        "Parameters: {Ids: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /ids}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {Ids: {Value: !Ref Ids}}\n"
    )

    assert load(path, imports={"ssm:/ids": "a,b"}).outputs["Ids"] == ["a", "b"]
    assert load(path, imports={"ssm:/mine": ["c"]}, parameters={"Ids": "/mine"}).outputs["Ids"] == ["c"]


def test_a_stack_is_called_after_its_folder_unless_told_otherwise(template):
    assert load(template).name == "my-shop"
    assert load(template, stack="given").outputs == load(template).outputs
    assert load(template, stack="given").resources["Q"].properties["QueueName"] == "given-dev"


def test_a_file_is_read_once_for_the_same_values_and_again_when_it_changes(template, monkeypatch):
    reads = []
    original = reader.parse
    monkeypatch.setattr(reader, "parse", lambda *args: reads.append(args) or original(*args))

    first = load(template)
    assert load(str(template)) is first
    assert load(template, parameters={}) is first
    assert load(template, parameters={"Stage": "x"}) is not first
    assert len(reads) == 2

    template.write_text(BODY.replace("dev", "later"))
    os.utime(template, ns=(1, 1))
    assert load(template).outputs["Stage"] == "later"


def test_json_gives_the_same_as_yaml(template):
    as_json = template.with_suffix(".json")
    import json

    as_json.write_text(json.dumps(reader.plain(reader.read(template)), indent=2))

    assert load(as_json).outputs == load(template).outputs
    assert load(as_json).resources["Q"].name == load(template).resources["Q"].name


def test_a_serverless_file_is_read_by_its_own_reader(tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context): ...\n")
    path = tmp_path / "serverless.yml"
    path.write_text(
        "service: shop\nprovider: {name: aws, runtime: python3.12, stage: test, region: eu-west-1}\n"
        "functions: {hello: {handler: app.handler}}\n"
    )

    app = load(path)

    assert [function.name for function in app.functions.values()] == ["shop-test-hello"]
    assert next(iter(app.functions.values())).settings.region == "eu-west-1"
    assert [function.name for function in load(path, environment="prod").functions.values()] != []
