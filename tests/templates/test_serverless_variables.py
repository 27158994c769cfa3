"""Variables of a `serverless.yml`: what each source gives, fallbacks, nesting, circles, and what is told of a fault.

The rules are those of https://www.serverless.com/framework/docs/guides/variables and of the framework's own resolver.
"""

import json
from pathlib import Path

import pytest

from pytest_serverless.app.model import Origin
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import is_unknown
from pytest_serverless.templates.reader import parse, read
from pytest_serverless.templates.serverless_sources import Surroundings, dotenv, sources
from pytest_serverless.templates.serverless_variables import VariableResolver


@pytest.fixture
def resolve(tmp_path):
    """Resolve a text of YAML; faults are returned beside the tree."""

    def resolved(text, **around):
        path = tmp_path / "serverless.yml"
        faults = Faults()
        places = sources(Surroundings(folder=tmp_path, **around))
        tree = parse(text, path)
        return VariableResolver(tree, sources=places, faults=faults, origin=Origin(path, 1)).resolve(), list(faults)

    return resolved


@pytest.fixture
def value_of(resolve):
    """Resolve one value beside some others, without a fault."""

    def resolved(value, beside="", **around):
        tree, faults = resolve(f"{beside}\nvalue: {value}\n", **around)
        assert not faults
        return tree["value"]

    return resolved


CUSTOM = """
custom:
  name: shop
  count: 3
  on: false
  empty: ""
  list: [a, b]
  nested: {dev: {size: small}, prod: {size: big}}
provider: {name: aws, stage: test}
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${self:custom.name}", "shop"),
        ("a-${self:custom.name}-b", "a-shop-b"),
        ("${self:custom.count}", 3),
        ("n${self:custom.count}", "n3"),
        ("${self:custom.on}", False),
        ("is ${self:custom.on}", "is false"),
        ("${self:custom.empty, 'other'}", ""),
        ("${self:custom.list}", ["a", "b"]),
        ("${self:custom.list.1}", "b"),
        ("${self:custom.nested.prod.size}", "big"),
        ("${self:custom.nested.${sls:stage}.size, 'medium'}", "medium"),
        ("${self:custom.nothing, self:custom.name}", "shop"),
        ("${self:custom.nothing, 'a b'}", "a b"),
        ('${self:custom.nothing, "it\'s"}', "it's"),
        ("${self:custom.nothing, true}", True),
        ("${self:custom.nothing, 1.5}", 1.5),
        ("${self:custom.nothing, null}", None),
        ("${self:custom.nothing, ''}", ""),
        ("${sls:stage}", "test"),
        ("${strToBool(${self:custom.on})}", False),
        ("${strToBool(1)}", True),
        ("${aws:accountId}", "123456789012"),
        ("${aws:region}", "us-east-1"),
        (r"\${self:custom.name}", "${self:custom.name}"),
        (r"\\${self:custom.name}", "\\shop"),
    ],
)
def test_a_variable_has_the_value_of_its_first_source_that_has_one(value_of, value, expected):
    assert value_of(f"'{value}'" if "'" not in value else value, CUSTOM) == expected


@pytest.mark.parametrize(
    "text", ["${AWS::Region}", "${Table.Arn}", "${Table}", "arn:${AWS::Partition}:s3:::${Bucket}/*"]
)
def test_what_belongs_to_cloudformation_stays(value_of, text):
    assert value_of(text) == text


def test_every_value_is_what_the_framework_prints():
    folder = Path(__file__).parents[2] / "fixtures/templates/serverless/variables"
    path = folder / "serverless.yml"
    places = sources(Surroundings(folder=folder))
    faults = Faults()

    tree = VariableResolver(read(path), sources=places, faults=faults, origin=Origin(path, 1)).resolve()

    assert tree["custom"] == json.loads((folder / "resolved.json").read_text())
    assert not list(faults)


def test_a_stage_and_region_that_are_not_written_are_those_deployed_to(value_of):
    assert value_of("${self:provider.stage}/${self:provider.region}") == "dev/us-east-1"
    assert value_of("${self:provider.stage}", options={"stage": "prod"}) == "prod"


def test_a_variable_within_a_reference_of_cloudformation_is_resolved(value_of):
    assert value_of("${${self:custom.name}.Arn}", CUSTOM) == "${shop.Arn}"


def test_a_value_that_is_a_variable_is_resolved_too(value_of):
    assert value_of("${self:custom.a}", "custom: {a: '${self:custom.b}', b: '${sls:stage}'}") == "dev"


def test_a_mapping_is_taken_with_everything_in_it_resolved(value_of):
    assert value_of("${self:custom.a}", "custom: {a: {x: ['${self:custom.b}']}, b: 1}") == {"x": [1]}


def test_options_come_from_the_command_line(value_of):
    options = {"stage": "prod", "size": 2}

    assert value_of("${opt:size}", options=options) == 2
    assert value_of("${sls:stage}", CUSTOM, options=options) == "prod"


def test_the_environment_is_the_one_that_is_given(value_of):
    assert value_of("${env:COLOUR}", environment={"COLOUR": "red"}) == "red"


@pytest.mark.parametrize(
    ("params", "stage", "expected"),
    [({}, "dev", "default"), ({}, "prod", "of prod"), ({"name": "given"}, "prod", "given")],
)
@pytest.mark.parametrize(
    "section",
    [
        "params: {default: {name: default}, prod: {name: of prod}}",  # version 3
        "stages: {default: {params: {name: default}}, prod: {params: {name: of prod}}}",  # version 4
    ],
)
def test_parameters_are_the_command_lines_then_the_stages_then_the_defaults(value_of, section, params, stage, expected):
    assert value_of("${param:name}", section, params=params, options={"stage": stage}) == expected


def test_files_are_read_relative_to_the_service(value_of, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/dev.yml").write_text("name: ${self:custom.name}\ndeep: {list: [1, 2]}\n")
    (tmp_path / "values.json").write_text('{"a": {"b": "from json"}}')
    (tmp_path / "notice.txt").write_text("  words\n")

    assert value_of("${file(./config/${opt:stage, 'dev'}.yml)}", CUSTOM) == {"name": "shop", "deep": {"list": [1, 2]}}
    assert value_of("${file(config/dev.yml):name}", CUSTOM) == "shop"
    assert value_of("${file(config/dev.yml):deep.list.1}", CUSTOM) == 2
    assert value_of("${file(values.json):a.b}") == "from json"
    assert value_of("${file(notice.txt)}") == "  words\n"
    assert value_of("${file(missing.yml), 'none'}") == "none"
    assert value_of("${file(values.json):a.c, 'none'}") == "none"


def test_parts_of_a_file_may_refer_to_each_other_through_the_place_they_come_to(value_of, tmp_path):
    (tmp_path / "custom.yml").write_text("a: ${self:custom.b}\nb: 1\n")

    assert value_of("${self:custom.a}", "custom: ${file(custom.yml)}") == 1


@pytest.mark.parametrize(
    ("variable", "stub"),
    [
        ("${cf:network-dev.VpcId}", "cf:network-dev.VpcId"),
        ("${cf(eu-west-1):network-dev.VpcId}", "cf(eu-west-1):network-dev.VpcId"),
        ("${cf(eu-west-1):network-dev.VpcId}", "cf:network-dev.VpcId"),
        ("${ssm:/shop/token}", "ssm:/shop/token"),
        ("${aws:ssm:/shop/token}", "ssm:/shop/token"),
        ("${s3:bucket/key}", "s3:bucket/key"),
        ("${git:sha1}", "git:sha1"),
        ("${file(./config.js):table}", "file(./config.js):table"),
    ],
)
def test_what_is_not_in_the_project_comes_from_stubs(value_of, variable, stub):
    assert value_of(variable, stubs={stub: "stubbed"}) == "stubbed"


def test_a_stub_may_be_a_list_or_a_mapping(value_of):
    assert value_of("${ssm:/names}", stubs={"ssm:/names": ["a", "b"]}) == ["a", "b"]
    assert value_of("x ${ssm:/names}", stubs={"ssm:/names": ["a", "b"]}) == "x a,b"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("${self:custom.nothing}", "${self:custom.nothing} has no value."),
        ("${opt:size}", "Give the option 'size'"),
        ("${env:NOTHING}", "Set the environment variable NOTHING"),
        ("${param:size}", "stages.test.params"),
        ("${cf:network-dev.VpcId}", "serverless_imports"),
        ("${file(missing.yml):x}", "There is no file"),
        ("${file(config.js):x}", "config.js is a program"),
        ("${sls:nothing}", "${sls:stage} and ${sls:instanceId}"),
        ("${aws:nothing}", "${aws:accountId} and ${aws:region}"),
        ("${unheard:of}", "'unheard' is not a known source"),
        ("${strToBool(maybe)}", "true, false, 1 or 0"),
        ("a ${self:custom.nested}", "is a mapping, and stands within a text"),
        ("${opt:size, small}", "put text in quotes"),
        ("${self:custom.name", "it is not closed"),
        ("${file(a.yml:x}", "its parameters is not closed"),
        ("${self:custom.${Foo}}", "the name of its source"),
    ],
)
def test_a_variable_without_a_value_is_a_fault_with_its_line_and_what_to_do(resolve, value, said):
    tree, [fault] = resolve(f"{CUSTOM}\nplace:\n  value: {value!r}\n")

    assert said in str(fault)
    assert fault.id == "place.value"
    assert fault.origin.line == 12
    assert is_unknown(tree["place"]["value"])


def test_every_fault_is_told_and_none_twice(resolve):
    _, faults = resolve("a: ${env:A}\nb: ${self:a}\nc: ['${env:C}', '${self:b}']\n")

    assert [(fault.id, fault.origin.line) for fault in faults] == [("a", 1), ("c.0", 3)]


def test_a_fault_in_a_file_stands_in_that_file(resolve, tmp_path):
    (tmp_path / "custom.yml").write_text("one: 1\ntwo: ${env:TWO}\n")

    _, [fault] = resolve("custom: ${file(custom.yml)}\n")

    assert fault.origin == Origin(tmp_path / "custom.yml", 2)


@pytest.mark.parametrize(
    "text",
    [
        "a: ${self:a}",
        "a: ${self:b}\nb: ${self:c}\nc: ${self:a}",
        "custom: {x: '${self:custom}'}",
        "a: ${self:}",
        "a: ${self:b.${self:a}}",
    ],
)
def test_a_circle_is_a_fault_that_shows_the_way(resolve, text):
    _, faults = resolve(text)

    assert "in a circle" in faults[0].what
    assert " -> " in faults[0].what


def test_a_variable_in_an_environment_variable_that_names_itself_ends(resolve):
    _, [fault] = resolve("a: ${env:LOOP}", environment={"LOOP": "${env:LOOP}"})

    assert "again and again" in fault.what


def test_env_files_are_read_as_dotenv_reads_them(tmp_path):
    (tmp_path / ".env").write_text(
        "# notes\nPLAIN=value # why\nexport QUOTED='single # kept'\nDOUBLE=\"two\\nlines\"\nEMPTY=\nURL=https://$PLAIN/${EMPTY}\n"
    )
    (tmp_path / ".env.prod").write_text("PLAIN=of prod\n")

    assert dotenv(tmp_path, "dev") == {
        "PLAIN": "value",
        "QUOTED": "single # kept",
        "DOUBLE": "two\nlines",
        "EMPTY": "",
        "URL": "https://value/",
    }
    assert dotenv(tmp_path, "prod") == {"PLAIN": "of prod"}
    assert dotenv(Path("/nowhere"), "dev") == {}
