import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.events.checker import judge
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.repair import salvage
from pytest_serverless.events.shape import Rule, Shape, field, list_of, obj
from pytest_serverless.events.values import TEXT, iso_time, whole_number
from tests.events.parcels import PARCELS, SLIP, decode, posted


def repaired(event, shape=PARCELS):
    before = copy.deepcopy(event)
    result = salvage(event, shape, Mint(seed=9))
    assert event == before, "what was given is left as it was"
    assert judge(result, shape) == []
    return result


def parcel_of(**values):
    return repaired({"parcels": [values]})["parcels"][0]


def test_an_accurate_event_stays_as_it_is():
    event = posted("box", to="Ann", tags={"a": "1"}, count=2)

    assert repaired(event) == event


def test_what_is_right_is_kept_and_what_follows_is_computed():
    parcel = parcel_of(to="Ann", tags={"a": "1"}, label="mine", capitals="mine")

    assert (parcel["to"], parcel["tags"]) == ("Ann", {"a": "1"})
    assert parcel["label"] == f"letter {parcel['id']}"
    assert parcel["capitals"] == parcel["label"].upper()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"kind": "BOX", "weight": "7"}, {"kind": "box", "weight": 7}),
        ({"to": 5}, {"to": "5"}),
        ({"tags": {"Up": 1}}, {"tags": {"up": "1"}}),
        ({"lines": [{"n": "3", "More": "x"}]}, {"lines": [{"n": 3, "more": "x"}]}),
        ({"posted": 1_600_000_000_000}, {"posted": 1_600_000_000_000, "arrived": 1_600_000_000_001}),
        ({"posted": 1_600_000_000_000, "arrived": "soon"}, {"arrived": 1_600_000_000_001}),
        ({"posted": 1_795_000_000_000, "day": "2026-02-30T10:00:00Z"}, {"day": "2026-11-18T11:06:40Z"}),
        ({"slip": SLIP.encode({"code": "4"})}, {"slip": SLIP.encode({"code": 4, "double": 8})}),
    ],
)
def test_what_can_only_mean_one_thing_is_mended(given, kept):
    parcel = parcel_of(**given)

    assert {name: parcel[name] for name in kept} == kept


@pytest.mark.parametrize(
    "given",
    [
        {"id": "parcel-1"},
        {"kind": "bag"},
        {"weight": 5},
        {"extra": 1},
        {"lines": "none"},
        {"lines": [5]},
        {"tags": [1]},
        {"note": ["x"]},
        {"slip": "?"},
        {"lines": [{"n": 1, "??": "x"}]},
        {"slip": 7},
        {"kind": "box", "weight": [1]},
    ],
)
def test_what_cannot_be_right_is_made_anew_or_dropped(given):
    parcel = parcel_of(**given)

    assert not {"weight", "extra"} & parcel.keys() or parcel["kind"] == "box"
    if "slip" in given:
        assert decode(parcel["slip"]) == {"code": 1, "double": 2}


def test_a_leaf_that_stumbles_over_a_value_is_made_anew():
    shape = Shape(
        "s", obj(field("day", iso_time("seconds")), field("copy", TEXT, infer=lambda s: s["gone"])), lambda _: True
    )

    assert repaired({"day": "2026-02-30T10:00:00Z", "copy": [1]}, shape)["copy"] == ""


def test_what_breaks_a_rule_is_made_anew_and_the_rest_stays():
    event = repaired({"parcels": [{"id": "c9b8fa9f-5a7f-4aaa-af9c-0c604cde93a5", "to": str(n)} for n in range(3)]})

    assert len({parcel["id"] for parcel in event["parcels"]}) == 3
    assert [parcel["to"] for parcel in event["parcels"]] == ["0", "1", "2"]
    assert parcel_of(posted=1_700_000_000_000, arrived=1_600_000_000_000)["arrived"] == 1_700_000_000_001


def test_rules_reach_into_lists_and_past_what_is_not_there():
    inner = obj(field("x", TEXT), field("n", whole_number()))
    shape = Shape(
        "s",
        obj(
            field("list", list_of(inner)),
            rules=[
                Rule("first", "x", lambda s: s["list"][0]["x"] == "", "list", ("list", 0, "x")),
                Rule("far", "x", lambda s: s["list"][0]["x"] == "", "list", ("list", 7, "x")),
                Rule("none", "x", lambda s: s["list"][0]["x"] == "", "list", ("gone", "*", "x")),
                Rule("flat", "x", lambda s: s["list"][0]["x"] == "", "list", ("list", "*", "n", "*")),
                Rule("unsure", "x", lambda s: s["gone"], "list"),
            ],
        ),
        lambda _: True,
    )

    assert repaired({"list": [{"x": "wrong", "n": 3}]}, shape) == {"list": [{"x": "", "n": 3}]}


def test_derivations_wait_for_what_comes_later_in_an_outer_object():
    inner = obj(field("low", whole_number()), rules=[Rule("low", "low", lambda s: s["low"] < 9, "low")])
    shape = Shape(
        "s",
        obj(field("copy", TEXT, derive=lambda s: s["name"]), field("inner", inner), field("name", TEXT)),
        lambda _: True,
    )

    assert repaired({"inner": {"low": 3}}, shape) == {"copy": "", "inner": {"low": 3}, "name": ""}


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["box", "Letter", "{", "3"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "a", "Up", "?"]), inner, max_size=3)
    ),
    max_leaves=6,
)
names = [
    "id",
    "kind",
    "weight",
    "label",
    "capitals",
    "note",
    "to",
    "lines",
    "tags",
    "posted",
    "arrived",
    "slip",
    "more",
]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    st.dictionaries(st.sampled_from(["parcels", "count", "source", "x"]), anything)
    | st.fixed_dictionaries(
        {"parcels": st.lists(st.dictionaries(st.sampled_from(names), anything), min_size=1, max_size=3)}
    )
)
def test_any_event_of_the_shape_becomes_an_accurate_one(event):
    result = salvage(event, PARCELS, Mint(seed=1))

    assert [v for v in judge(result, PARCELS) if v.rule != "length"] == []
