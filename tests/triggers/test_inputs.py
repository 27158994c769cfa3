"""What targets of rules receive.

The examples marked "page" are those of
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html (2026-11); those marked
"recorded" are LocalStack's validated tests of events/test_events_inputs (2024-05 to 2024-06); refusals marked
"measured" are a public set of deployment checks (PutTargets, 2026-09-07).
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.triggers.inputs import NotJson, check_target_input, target_input

EC2 = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {"instance-id": "i-0123456789", "state": "RUNNING"},
}
COMMAND = {
    **EC2,
    "detail-type": "core.update-account-command",
    "source": "core.update-account-command",
    "resources": [],
    "detail": {"command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"}},
}
PATHS = {"timestamp": "$.time", "instance": "$.detail.instance-id", "state": "$.detail.state"}
RULE = {"rule_arn": "arn:aws:events:us-east-2:123456789012:rule/example", "rule_name": "example"}


def received(target, event=EC2):
    return target_input({"Id": "t1", **target}, event, **RULE, ingestion_time="2015-11-11T21:29:55Z")


def transformed(template, paths=PATHS, event=EC2):
    return received({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, event)


# page
@pytest.mark.parametrize(
    ("template", "output"),
    [
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        (r'"instance \"<instance>\" is in <state>"', r'"instance \"i-0123456789\" is in RUNNING"'),
        ('{"instance" : <instance>, "state": <state>}', '{"instance" : "i-0123456789", "state": "RUNNING"}'),
        (
            r'{"instance" : <instance>, "state": "<state>", "instanceStatus": "instance \"<instance>\" is in <state>"}',
            r'{"instance": "i-0123456789", "state": "RUNNING",'
            r' "instanceStatus": "instance \"i-0123456789\" is in RUNNING"}',
        ),
        (
            '{"instance" : <instance>, "state": [ 9, <state>, true ], "Transformed" : "Yes"}',
            '{"instance" : "i-0123456789", "state": [9, "RUNNING", true], "Transformed" : "Yes"}',
        ),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        (
            '{"ruleArn" : <aws.events.rule-arn>, "ruleName" : <aws.events.rule-name>}',
            '{"ruleArn" : "arn:aws:events:us-east-2:123456789012:rule/example", "ruleName" : "example"}',
        ),
        (
            r'{"timestamp" : <timestamp>, "message": "instance \"<instance>\" is in <state>"}',
            r'{"timestamp" : "2015-11-11T21:29:54Z", "message": "instance \"i-0123456789\" is in RUNNING"}',
        ),
    ],
)
def test_the_documented_templates(template, output):
    assert transformed(template) == json.loads(output)


# page
def test_the_original_event_is_the_value_of_a_field():
    assert transformed('{"originalEvent" : <aws.events.event.json>}') == {"originalEvent": EC2}


# recorded
@pytest.mark.parametrize(("path", "command"), [("$.detail.command", "update-account"), ("$.detail.notinmessage", "")])
def test_a_path_that_is_not_there_is_an_empty_text(path, command):
    paths = {"detail-type": "$.detail-type", "timestamp": "$.time", "command": path}
    text = '"Event of <detail-type> type, at time <timestamp>, info extracted from detail <command>"'
    value = '{"detailType": <detail-type>,  "time": <timestamp>, "command": <command>}'
    date = EC2["time"]

    assert transformed(text, paths, COMMAND) == (
        f"Event of core.update-account-command type, at time {date}, info extracted from detail {command}"
    )
    assert transformed(value, paths, COMMAND) == {
        "detailType": "core.update-account-command",
        "time": date,
        "command": command,
    }


# recorded
def test_a_text_may_begin_like_json():
    template = '"{[/Check with special starting characters for event of <type> type"'

    assert transformed(template, {"type": "$.detail-type"}, COMMAND) == (
        "{[/Check with special starting characters for event of core.update-account-command type"
    )


# recorded
def test_predefined_variables_need_no_paths():
    text = '"Message containing all pre defined variables <aws.events.rule-arn> <aws.events.rule-name> '
    text += '<aws.events.event.ingestion-time>"'

    assert received({"InputTransformer": {"InputTemplate": text}}) == (
        f"Message containing all pre defined variables {RULE['rule_arn']} example 2015-11-11T21:29:55Z"
    )


# recorded: `<aws.events.event>` has no detail, other names, and another order
def test_the_two_forms_of_the_event():
    template = '{"originalEvent": <aws.events.event>, "originalEventJson": <aws.events.event.json>}'
    made = received({"InputTransformer": {"InputTemplate": template}}, COMMAND)

    assert made["originalEventJson"] == COMMAND
    assert list(made["originalEvent"].items()) == [
        ("id", COMMAND["id"]),
        ("account", "123456789012"),
        ("detailType", "core.update-account-command"),
        ("time", "2015-11-11T21:29:54Z"),
        ("source", "core.update-account-command"),
        ("region", "us-east-1"),
        ("resources", []),
        ("version", "0"),
    ]


# page: "If a JSON path references a JSON object or array, but the variable is referenced in a string, EventBridge
# removes any internal quotes to ensure a valid string."
@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("$.detail.payload", "{acc_id:0a787ecb-4015,sf_id:baz}"),
        ("$.tags", "[a,b]"),
        ("$.count", "3"),
        ("$.open", "true"),
    ],
)
def test_objects_and_other_values_stand_plainly_in_a_text(path, inside):
    event = {**COMMAND, "tags": ["a", "b"], "count": 3, "open": True}

    assert transformed('"it is <it>"', {"it": path}, event) == f"it is {inside}"
    assert transformed('{"it": "it is <it>"}', {"it": path}, event) == {"it": f"it is {inside}"}


# page: "EventBridge does not add quotes to variables that represent JSON objects or arrays."
@pytest.mark.parametrize(
    "value", [{"a": ['"', "ü"]}, ["a", 1], 1.5, -3, True, False, None, "", 'a "quoted" text', "a\nb"]
)
def test_outside_of_quotes_a_variable_is_json(value):
    event = {**EC2, "detail": {"value": value}}

    assert transformed('{"outer": [<value>]}', {"value": "$.detail.value"}, event) == {"outer": [value]}


# page: "EventBridge doesn't escape values extracted by Input Path, when populating the Input Template for a target."
@pytest.mark.parametrize("template", ['{"said": "<said>"}', '"He said <said>."'])
def test_quotes_in_a_value_break_the_text_it_stands_in(template):
    event = {**EC2, "detail": {"said": 'a "word"'}}
    made = transformed(template, {"said": "$.detail.said"}, event)

    assert isinstance(made, NotJson)
    assert made == template.replace("<said>", 'a "word"')


def test_an_escape_in_a_value_is_read_as_one():
    event = {**EC2, "detail": {"said": r"a\tb"}}

    assert transformed('"<said>"', {"said": "$.detail.said"}, event) == "a\tb"


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-input-transformer-tutorial.html: a text a line
def test_several_lines_of_text_stay_as_they_are():
    made = transformed('"Instance <instance>"\n"is <state>."')

    assert isinstance(made, NotJson)
    assert made == '"Instance i-0123456789"\n"is RUNNING."'


@given(st.dictionaries(st.sampled_from("abc"), st.text() | st.integers() | st.booleans() | st.lists(st.text())))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_any_values_arrive_whole_outside_of_quotes(detail):
    template = "{" + ", ".join(f'"{name}": <{name}>' for name in detail) + "}"
    paths = {name: f"$.detail.{name}" for name in detail}

    assert transformed(template, paths, {**EC2, "detail": detail}) == detail


# recorded
@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("$.detail", COMMAND["detail"]),
        ("$.detail.payload", {"acc_id": "0a787ecb-4015", "sf_id": "baz"}),
        ("$.detail.payload.sf_id", "baz"),
        ("$", COMMAND),
        ("$.detail-type", "core.update-account-command"),
    ],
)
def test_an_input_path_gives_a_part_of_the_event(path, part):
    assert received({"InputPath": path}, COMMAND) == part


# page: dot notation, dashes, underscores, alphanumeric characters, array indices, wildcards and forward slashes
@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("$.detail.items[0].sku", "a"),
        ("$.detail.items[1]", {"sku": "b", "n": 2}),
        ("$.detail.items[*].sku", ["a", "b"]),
        ("$.detail.items[0].*", ["a", 1]),
        ("$.detail.a/b_c-1", True),
        ("$.detail.items[2]", None),
        ("$.detail.items.sku", None),
        ("$.detail.items[*].no", None),
        ("$.no.such", None),
        ("$.source.no", None),
    ],
)
def test_the_paths_that_eventbridge_knows(path, part):
    detail = {"items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "a/b_c-1": True}

    assert received({"InputPath": path}, {**EC2, "detail": detail}) == part


@pytest.mark.parametrize("value", [{"a": [1, None]}, "hello", 3, None, []])
def test_a_constant_is_any_json(value):
    assert received({"Input": json.dumps(value)}) == value


def test_without_any_of_them_the_event_arrives():
    assert received({}) == EC2


# recorded, measured
@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            {"InputPath": "$.detail", "InputTransformer": {"InputTemplate": '"a"'}},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t1.",
        ),
        (
            {"InputPath": "$.detail", "Input": "{}"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t1.",
        ),
        ({"Input": "hello"}, "JSON syntax error in input for target t1."),
        ({"Input": ""}, "JSON syntax error in input for target t1."),
        ({"InputPath": "detail"}, "InputPath for target t1 is invalid."),
        ({"InputPath": "$.detail['key']"}, "InputPath for target t1 is invalid."),
        ({"InputPath": "$."}, "InputPath for target t1 is invalid."),
        (
            {"InputTransformer": {"InputPathsMap": {"a": "detail.a"}, "InputTemplate": '"<a>"'}},
            "InputPath for target t1 is invalid.",
        ),
        (
            {"InputTransformer": {"InputTemplate": '"with not defined key <notdefinedkey>"'}},
            "InputTemplate for target t1 contains invalid placeholder notdefinedkey.",
        ),
        (
            {"InputTransformer": {"InputTemplate": "[<aws.events.event.json>]"}},
            "InputTemplate for target t1 contains placeholder aws.events.event.json valid only for JSON template.",
        ),
        (
            {"InputTransformer": {"InputTemplate": '"<aws.events.event.json>"'}},
            "InputTemplate for target t1 contains placeholder aws.events.event.json valid only for JSON template.",
        ),
        ({"InputTransformer": {"InputTemplate": "its state is good"}}, "Invalid InputTemplate for target t1."),
        ({"InputTransformer": {"InputTemplate": '{"a": 1'}}, "Invalid InputTemplate for target t1."),
        (
            {"InputTransformer": {"InputTemplate": "{<aws.events.rule-name>: 1}"}},
            "Invalid InputTemplate for target t1.",
        ),
        ({"InputTransformer": {"InputTemplate": ""}}, "Invalid InputTemplate for target t1."),
        ({"InputTransformer": {}}, "Invalid InputTemplate for target t1."),
        ({"Input": '"' + "a" * 8_191 + '"'}, "1 validation error detected: Value at 'input' failed"),
        ({"InputPath": "$." + "a" * 255}, "1 validation error detected: Value at 'inputPath' failed"),
        (
            {"InputTransformer": {"InputTemplate": '"' + "a" * 8_191 + '"'}},
            "1 validation error detected: Value at 'inputTemplate' failed",
        ),
        (
            {"InputTransformer": {"InputPathsMap": dict.fromkeys(map(str, range(101)), "$"), "InputTemplate": '"a"'}},
            "1 validation error detected: Value at 'inputTransformer.inputPathsMap' failed to satisfy constraint: "
            "Member must have length less than or equal to 100.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"aws.events.rule-name": "$"}, "InputTemplate": '"a"'}},
            "1 validation error detected: Value at 'inputTransformer.inputPathsMap' failed to satisfy constraint: "
            "Map keys must satisfy constraint",
        ),
    ],
)
def test_what_put_targets_refuses(target, said):
    with pytest.raises(InvalidParameterError) as refusal:
        received(target)

    assert str(refusal.value).startswith(said)


# measured
@pytest.mark.parametrize(
    "target",
    [
        {"Input": '"hello"'},
        {"InputPath": "$"},
        {"InputPath": "$.detail.a[0]"},
        {"InputTransformer": {"InputPathsMap": dict.fromkeys(map(str, range(100)), "$.a"), "InputTemplate": '"a"'}},
        {"InputTransformer": {"InputPathsMap": {"AWSname": "$.a"}, "InputTemplate": '"event was <AWSname> today"'}},
        {"InputTransformer": {"InputTemplate": '{"e": <aws.events.event.json>}'}},
        {"InputTransformer": {"InputTemplate": '\n {"e": <aws.events.event.json>}\n'}},
    ],
)
def test_what_put_targets_takes(target):
    check_target_input({"Id": "t1", **target})
