"""Files into values: tags, lines, and what CloudFormation reads otherwise than YAML does."""

import json
import pickle
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import TemplateError
from pytest_serverless.templates import reader

YAML, JSON = Path("template.yaml"), Path("template.json")


def faults_of(text, path=YAML):
    with pytest.raises(TemplateError) as caught:
        reader.parse(text, path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.Arn", {"Fn::GetAtt": ["A", "Arn"]}),
        ("!GetAtt A.Outputs.Url", {"Fn::GetAtt": ["A", "Outputs.Url"]}),
        ("!GetAtt [A, Arn]", {"Fn::GetAtt": ["A", "Arn"]}),
        ("!Sub 'x-${A}'", {"Fn::Sub": "x-${A}"}),
        ("!Join ['-', [a, !Ref B]]", {"Fn::Join": ["-", ["a", {"Ref": "B"}]]}),
        ("!If [C, 1, !Ref AWS::NoValue]", {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Condition C", {"Condition": "C"}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!Sub 12", {"Fn::Sub": "12"}),
    ],
)
def test_a_short_form_tag_comes_out_in_its_long_form(short, long):
    assert reader.parse(f"value: {short}", YAML) == {"value": long}


def test_dates_stay_text_and_keys_become_text():
    found = reader.parse("Version: 2012-10-17\n200: ok\non: 1\nyes: true\n'~': null\n", YAML)

    assert found == {"Version": "2012-10-17", "200": "ok", "on": 1, "yes": True, "~": None}


def test_anchors_aliases_and_merges_are_written_out():
    found = reader.parse("base: &b {a: 1, c: 2}\nmore: {<<: *b, c: 3}\nsame: *b\n", YAML)

    assert found == {"base": {"a": 1, "c": 2}, "more": {"a": 1, "c": 3}, "same": {"a": 1, "c": 2}}


def test_many_aliases_of_aliases_are_read_in_no_time():
    text = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}\n" for n in range(1, 60))

    assert reader.parse(text, YAML)["a59"]["r"]["l"]


@pytest.mark.parametrize("path", [YAML, JSON])
def test_a_mapping_knows_the_line_of_its_key(path):
    text = '{\n "Resources": {\n  "Queue": {\n   "Type": "X",\n   "Properties": {"A": {"Ref": "B"}}\n  }\n }\n}'

    queue = reader.parse(text, path)["Resources"]["Queue"]

    assert queue.line == 3
    assert queue["Properties"]["A"].origin().line == 5
    assert str(queue.origin()) == f"{path}:3"


def test_a_key_of_a_plain_value_has_its_line_too():
    queue = reader.parse("Queue:\n  Type: X\n  Properties:\n    Delay: 3\n", YAML)["Queue"]

    assert (queue.origin("Type").line, queue["Properties"].origin("Delay").line) == (2, 4)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.dictionaries(st.text(), JSON_VALUES, max_size=4), st.sampled_from([None, 1]))
def test_any_json_is_read_as_the_standard_library_reads_it(value, indent):
    assert reader.plain(reader.parse(json.dumps(value, indent=indent), JSON)) == value


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"))), max_size=5))
def test_any_text_is_read_as_pyyaml_reads_it(texts):
    text = yaml.safe_dump({"texts": texts}, allow_unicode=True)

    assert reader.parse(text, YAML) == {"texts": texts}


def test_without_libyaml_the_same_is_read(monkeypatch):
    text = "A: !Sub 'x${B}'\nC: &c [1, 2.5, no]\nD: {E: *c}\n"
    fast = reader.parse(text, YAML)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    reader._loader_class.cache_clear()
    try:
        assert reader._loader_class() is yaml.SafeLoader
        assert reader.parse(text, YAML) == fast
        assert faults_of("a: [1") == faults_of("a: [1")
    finally:
        reader._loader_class.cache_clear()


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", YAML, "template.yaml:3: This is not YAML:"),
        ("a:\n  b: 1\n c: 2\n", YAML, "template.yaml:3: This is not YAML:"),
        ("a: 1\n\tb: 2\n", YAML, "template.yaml:2: This is not YAML:"),
        ("a: *nowhere\n", YAML, "template.yaml:1: This is not YAML:"),
        ("a: 1\n---\nb: 2\n", YAML, "template.yaml:2: This is not YAML:"),
        ("a: 1\nb: 2\na: 3\n", YAML, "template.yaml:3: 'a' stands twice in one mapping; the first is on line 1."),
        ("a: &a {b: *a}\n", YAML, "template.yaml:1: An alias stands inside its own anchor."),
        ("? [1, 2]\n: x\n", YAML, "template.yaml:1: A key is a list or a mapping."),
        ("a: !!int x\n", YAML, "This is not YAML: "),
        ("a: \x07\n", YAML, "This is not YAML: "),
        ('{"a": 1,\n "b": }', JSON, "template.json:2: This is not JSON: Expecting value, in column 7."),
        ('{"x": {"a": 1,\n "a": 2}}', JSON, "template.json:1: 'a' stands twice in one object."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_of_with_its_line(text, path, said):
    assert said in faults_of(text, path)


def test_a_missing_file_and_one_of_another_encoding_are_told_of(tmp_path):
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: é\n".encode("latin-1"))

    with pytest.raises(TemplateError, match=re.escape("none.yaml:1: The file cannot be read: No such file")):
        reader.read(tmp_path / "none.yaml")
    with pytest.raises(TemplateError, match=r"latin\.yaml:2: The file is not UTF-8\."):
        reader.read(latin)


def test_a_byte_order_mark_is_no_part_of_the_template(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert reader.read(path) == {"a": 1}


def test_what_is_plain_can_be_pickled():
    value = reader.plain(reader.parse("a: {b: [{c: 1}]}", YAML))

    assert type(value["a"]["b"][0]) is dict
    assert pickle.loads(pickle.dumps(value)) == {"a": {"b": [{"c": 1}]}}
