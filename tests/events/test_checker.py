import copy
import json

import pytest

from pytest_serverless.errors import UnrecognisedEventError
from pytest_serverless.events.checker import claimed, judge
from pytest_serverless.events.path import ABSENT
from pytest_serverless.events.shape import MISSING, Rule, Shape, Value, field, list_of, obj
from pytest_serverless.events.values import TEXT, whole_number
from tests.events.parcels import PARCELS, SLIP, catalog, posted


def found_in(event, shapes=()):
    return [(v.path, v.rule, v.fix) for v in judge(event, PARCELS, shapes)]


def changed(path, value, **parameters):
    event = posted(**parameters)
    parcel = event["parcels"][0]
    if value is ABSENT:
        del parcel[path]
    else:
        parcel[path] = value
    return event


def test_an_accurate_event_has_no_violations():
    assert judge(posted(), PARCELS) == []
    assert judge(posted("box", to="Ann", tags={"a": "1"}, count=2), PARCELS) == []


@pytest.mark.parametrize(
    ("path", "value", "violation"),
    [
        ("id", 7, ("parcels[0].id", "uuid")),
        ("kind", "Letter", ("parcels[0].kind", "one-of", "letter")),
        ("kind", "bag", ("parcels[0].kind", "one-of", MISSING)),
        ("label", "mine", ("parcels[0].label", "derived")),
        ("label", ABSENT, ("parcels[0].label", "required")),
        ("weight", 5, ("parcels[0].weight", "absent", ABSENT)),
        ("note", 5, ("parcels[0].note", "text", "5")),
        ("to", 5, ("parcels[0].to", "text", "5")),
        ("tags", 5, ("parcels[0].tags", "object", MISSING)),
        ("tags", {"Up": "x"}, ("parcels[0].tags.Up", "key:tag", MISSING)),
        ("tags", {"a": None}, ("parcels[0].tags.a", "text", MISSING)),
        ("lines", None, ("parcels[0].lines", "list", MISSING)),
        ("lines", [], ("parcels[0].lines", "length", MISSING)),
        ("lines", [{"n": 1}] * 4, ("parcels[0].lines", "length", MISSING)),
        ("lines", ["x"], ("parcels[0].lines[0]", "object", MISSING)),
        ("lines", [{"n": 1, "UP": "x"}], ("parcels[0].lines[0].UP", "key:tag", MISSING)),
        ("lines", [{"n": 1, "more": 5}], ("parcels[0].lines[0].more", "text", "5")),
        ("arrived", 1_600_000_000_000, ("parcels[0].arrived", "times", MISSING)),
        ("extra", 1, ("parcels[0].extra", "unknown-key", ABSENT)),
        ("day", "2026-02-30T10:00:00Z", ("parcels[0].day", "time-seconds", MISSING)),
        ("slip", "?", ("parcels[0].slip", "slip", MISSING)),
        ("slip", SLIP.encode({"code": 2, "double": 5}), ("parcels[0].slip > double", "derived", 4)),
        ("slip", SLIP.encode({"code": 0, "double": 0}), ("parcels[0].slip > code", "whole-number", MISSING)),
    ],
)
def test_each_difference_is_found_where_it_is(path, value, violation):
    found = found_in(changed(path, value))

    assert violation in [entry[: len(violation)] for entry in found]
    assert {entry[0] for entry in found} <= {violation[0], "parcels[0].label"}


def test_a_derived_value_comes_with_its_fix():
    event = posted()
    label = event["parcels"][0]["label"]
    event["parcels"][0]["label"] = "mine"
    event["count"] = True

    (label_fault, count_fault) = judge(event, PARCELS)

    assert (label_fault.found, label_fault.fix, label_fault.expected) == ("mine", label, "kind and id")
    assert (count_fault.rule, count_fault.fix) == ("derived", 1)
    assert (label_fault.shape, count_fault.shape) == ("acme.parcels", "acme.parcels")


def test_a_required_field_is_named_with_what_should_stand_there():
    event = posted("box")
    del event["parcels"][0]["weight"]
    del event["parcels"][0]["lines"]

    weight, lines = judge(event, PARCELS)

    assert (weight.path, weight.rule, weight.found, weight.expected) == (
        "parcels[0].weight",
        "required",
        MISSING,
        "a whole number from 1 to 100",
    )
    assert lines.expected == "there"


def test_an_unknown_key_near_a_known_one_says_so():
    (violation,) = judge(changed("lable", "x"), PARCELS)

    assert violation.expected == "no such key; 'label' was meant, perhaps"
    assert judge(changed("zzz", 1), PARCELS)[0].expected == "no such key"


def test_what_rests_on_a_faulty_value_is_not_reported_again():
    event = posted("box")
    del event["parcels"][0]["id"]
    event["parcels"][0]["posted"] = "yesterday"

    assert {v.path for v in judge(event, PARCELS)} == {"parcels[0].id", "parcels[0].posted"}


def test_a_rule_of_the_whole_event_is_reported_once():
    event = posted(count=2)
    event["parcels"][1] = copy.deepcopy(event["parcels"][0])

    assert found_in(event) == [("parcels", "unique-ids", MISSING)]


def test_a_derived_list_is_judged_by_its_items_first():
    shape = Shape("s", obj(field("list", list_of(whole_number()), derive=lambda _: [1, 2])), lambda _: True)

    assert [v.path for v in judge({"list": [1, "2"]}, shape)] == ["list[1]"]
    assert [(v.path, v.rule) for v in judge({"list": [1, 3]}, shape)] == [("list", "derived")]


def test_a_rule_or_condition_that_cannot_be_told_is_taken_to_hold():
    shape = Shape(
        "s",
        obj(
            field("a", TEXT, lambda s: s["gone"] == 1),
            rules=[Rule("r", "e", lambda s: s["gone"] == 1, "a")],
        ),
        lambda _: True,
    )

    assert judge({}, shape) == []
    assert judge({"a": "x"}, shape) == []


def test_events_in_text_are_judged_too():
    wrong = posted(count=1)
    wrong["count"] = 5
    event = changed("note", json.dumps(wrong))

    assert found_in(event, [PARCELS]) == [("parcels[0].note > count", "derived", MISSING)]
    assert found_in(event) == []


@pytest.mark.parametrize("note", ["plain", "{not json", '{"mine": 1}', json.dumps(posted())])
def test_other_text_is_the_senders_own(note):
    assert found_in(changed("note", note), [PARCELS]) == []


def test_something_that_is_no_object_at_all_is_one_violation():
    assert [(v.path, v.rule) for v in judge([], PARCELS)] == [("", "object")]


def test_shapes_claim_what_was_meant_for_them():
    other = Shape("other", obj(), lambda event: event["deep"]["x"] == 1)

    assert claimed({"parcels": 5}, [other, PARCELS]) is PARCELS
    assert claimed({"deep": {"x": 1}}, [other, PARCELS]) is other
    assert claimed({}, [other, PARCELS]) is None
    picky = Shape("picky", obj(), lambda event: int(event["parcels"]) > 0)
    assert claimed({"parcels": "none"}, [picky, PARCELS]) is PARCELS
    assert claimed(None, [other, PARCELS]) is None


def test_the_catalog_says_what_it_does_not_know():
    with pytest.raises(UnrecognisedEventError, match=r"known here \(acme.parcels\). It has: a, b"):
        catalog().check({"a": 1, "b": 2})
    with pytest.raises(UnrecognisedEventError, match="It has: list"):
        catalog().like([])
    with pytest.raises(UnrecognisedEventError, match="It has: no keys"):
        catalog().check({})


def test_a_mend_that_fails_is_no_fix():
    def cannot(found):
        raise ValueError

    even = Value("even", "an even number", lambda found: found % 2 == 0, lambda mint: 2, cannot)
    halved = Value("even", "an even number", lambda found: found % 2 == 0, lambda mint: 2, lambda found: found // 2)

    for node, found, fix in ((even, 3, MISSING), (halved, 5, 2), (halved, 3, MISSING)):
        [violation] = judge({"n": found}, Shape("numbers", obj(field("n", node)), bool))
        assert violation.fix is fix or violation.fix == fix
