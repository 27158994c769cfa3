import json

import pytest

from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError, shorten
from pytest_serverless.events.builder import PRESENT, Present, complete, plain
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.path import ABSENT
from pytest_serverless.events.shape import OPTIONAL, Shape, field, list_of, map_of, obj
from pytest_serverless.events.values import ANY_JSON, TEXT, UUID, whole_number
from tests.events.parcels import PARCEL, ParcelEvents, decode, posted


def build(given, **options):
    return complete(Shape("parcel", PARCEL, lambda _: True), given, Mint(seed=1), **options)


def small(*fields, given=None, **options):
    return complete(Shape("small", obj(*fields), lambda _: True), given or {}, Mint(seed=1), **options)


def test_what_is_not_given_is_made_in_the_order_of_the_wire():
    parcel = build({})

    assert list(parcel) == ["id", "kind", "label", "to", "lines", "tags", "posted", "arrived"]
    assert parcel["label"] == f"letter {parcel['id']}"
    assert (parcel["to"], parcel["tags"], parcel["lines"]) == (None, {}, [{"n": 0}])


def test_a_condition_decides_whether_a_field_is_there():
    assert build({"kind": "box"})["weight"] == 1
    with pytest.raises(InvalidParameterError, match="weight cannot be given: the rest says that it is not there"):
        build({"kind": "letter", "weight": 5})


def test_a_derived_field_may_be_asked_for_and_given_only_right():
    parcel = build({"capitals": PRESENT, "id": "c9b8fa9f-5a7f-4aaa-af9c-0c604cde93a5"})

    assert parcel["capitals"] == "LETTER C9B8FA9F-5A7F-4AAA-AF9C-0C604CDE93A5"
    assert build(parcel) == parcel
    with pytest.raises(InvalidParameterError, match="capitals cannot be given: it is derived: the label in capitals"):
        build({**parcel, "capitals": "wrong"})


def test_asking_for_a_derived_field_goes_together_with_overrides():
    parcel = build({"capitals": PRESENT}, overrides={"kind": "box"})

    assert parcel["capitals"] == parcel["label"].upper()
    assert parcel["label"].startswith("box ")


def test_a_derivation_may_use_a_hint():
    sized = field("size", TEXT, derive=lambda s: f"{s.raw('size').hint}cm")

    assert small(sized, given={"size": Present(7)}) == {"size": "7cm"}
    assert small(sized, given={"size": Present(7)}, overrides={}) == {"size": "7cm"}


def test_derivations_compute_what_they_need_of_each_other_once():
    a = field("a", TEXT, derive=lambda s: s["b"] + "!")
    b = field("b", TEXT, derive=lambda s: s["c"] + "?")

    assert small(a, b, field("c", TEXT), given={"c": "x"}) == {"a": "x?!", "b": "x?", "c": "x"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"id": "7"}, "^id: expected a UUID in lower case, got '7'"),
        ({"day": "2026-02-30T10:00:00Z"}, "^day: expected a UTC time in seconds"),
        ({"lines": {}}, "^lines: expected a list, got {}"),
        ({"lines": [1]}, r"^lines\[0\]: expected an object, got 1"),
        ({"tags": []}, r"^tags: expected an object, got \[\]"),
        ({"tags": {"UPPER": ""}}, "^tags.UPPER: expected a key that is lower-case letters, got 'UPPER'"),
        ({"tags": {"a": 1}}, "^tags.a: expected text, got 1"),
        ({"unknown": 1}, "^unknown cannot be given: there is no such key; there are arrived, capitals, day, id"),
        ({"lines": [{"n": 1, "UP": "x"}]}, "a key that is lower-case letters, got 'UP'"),
        ({"slip": "not base64"}, "^slip: expected base64 of JSON"),
        ({"slip": {"code": 0}}, "^slip.code: expected a whole number from 1, got 0"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(given, message):
    with pytest.raises(InvalidParameterError, match=message):
        build(given)


def test_further_keys_are_taken_where_a_shape_allows_them():
    assert build({"lines": [{"n": 1, "more": "x"}]})["lines"] == [{"n": 1, "more": "x"}]


def test_encoded_text_may_be_given_decoded_or_encoded():
    slip = build({"slip": {"code": 4}})["slip"]

    assert decode(slip) == {"code": 4, "double": 8}
    assert build({"slip": slip})["slip"] == slip
    assert decode(build({"slip": slip}, overrides={"kind": "box"})["slip"]) == {"code": 4, "double": 8}
    assert decode(build({"slip": {"code": 4}}, overrides={"slip.code": 5})["slip"]) == {"code": 5, "double": 10}


def test_absent_keys_of_maps_and_objects_are_left_out():
    given = {"tags": {"a": "1", "b": "2"}, "lines": [{"n": 1, "more": "x"}]}

    parcel = build(given, overrides={"tags.a": ABSENT, "lines[0].more": ABSENT}, allow_inconsistent=True)

    assert (parcel["tags"], parcel["lines"]) == ({"b": "2"}, [{"n": 1}])
    assert given["tags"] == {"a": "1", "b": "2"}


class TestOverrides:
    def test_derived_fields_follow_them(self):
        event = posted(overrides={"parcels[0].id": "c9b8fa9f-5a7f-4aaa-af9c-0c604cde93a5"})

        assert event["parcels"][0]["label"] == "letter c9b8fa9f-5a7f-4aaa-af9c-0c604cde93a5"

    @pytest.mark.parametrize(
        ("overrides", "path", "message"),
        [
            ({"parcels[0].label": "x"}, "parcels[0].label", "cannot be overridden: it is derived: kind and id"),
            ({"count": 7}, "count", "it is derived: how many parcels there are"),
            ({"parcels[0].id": "x"}, "parcels[0].id", "must be a UUID in lower case, not 'x'"),
            ({"parcels[0].weight": 5}, "parcels[0].weight", "the rest says that it is not there"),
            ({"parcels[0].wieght": 5}, "parcels[0].wieght", "there is no such key"),
            ({"parcels[0].arrived": 1_600_000_000_000}, "parcels[0].arrived", "must be not before posted"),
            ({"source": "acme:letters"}, "source", "must be 'acme:parcels'"),
        ],
    )
    def test_those_that_contradict_the_shape_are_refused(self, overrides, path, message):
        with pytest.raises(InconsistentEventError) as caught:
            posted(overrides=overrides)

        assert caught.value.path == path
        assert message in str(caught.value)
        assert "allow_inconsistent=True" in str(caught.value)

    def test_the_right_value_of_a_derived_field_is_no_contradiction(self):
        assert posted(overrides={"count": 1}) == posted()

    @pytest.mark.parametrize(
        ("overrides", "path"),
        [
            ({"parcels[0].label": "x"}, ("label",)),
            ({"parcels[0].id": "x"}, ("id",)),
            ({"parcels[0].weight": 5}, ("weight",)),
            ({"parcels[0].wieght": 5}, ("wieght",)),
            ({"parcels[0].arrived": 1_600_000_000_000}, ("arrived",)),
            ({"parcels[0].lines": "none"}, ("lines",)),
        ],
    )
    def test_insisting_takes_them_as_they_are(self, overrides, path):
        event = posted(overrides=overrides, allow_inconsistent=True)

        ((_, value),) = overrides.items()
        assert event["parcels"][0][path[0]] == value

    def test_what_is_derived_from_an_insisted_value_follows_it(self):
        event = posted(overrides={"parcels[0].id": "x"}, allow_inconsistent=True)

        assert event["parcels"][0]["label"] == "letter x"

    def test_insisting_takes_keys_away(self):
        event = posted(overrides={"parcels[0].id": ABSENT, "parcels[0].label": ABSENT}, allow_inconsistent=True)

        assert not {"id", "label"} & event["parcels"][0].keys()

    def test_the_overridden_value_is_not_shared(self):
        lines = [{"n": 1}]
        event = posted(overrides={"parcels[0].lines": lines})
        lines[0]["n"] = 2

        assert event["parcels"][0]["lines"] == [{"n": 1}]

    def test_a_value_that_is_not_json_is_refused_with_its_path(self):
        with pytest.raises(InvalidParameterError, match=r"^parcels\[0\].to: events are JSON, and this is not"):
            posted(overrides={"parcels[0].to": {1, 2}})


def test_the_result_is_plain_json_with_nothing_shared():
    tags = {"a": "1"}
    one = posted(tags=tags, count=2)

    assert json.loads(json.dumps(one)) == one
    assert one["parcels"][0] is not one["parcels"][1]
    assert one["parcels"][0]["tags"] is not one["parcels"][1]["tags"]
    assert one["parcels"][0]["tags"] is not tags
    assert small(field("pair", ANY_JSON), given={"pair": (1, 2)}) == {"pair": [1, 2]}


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf"), b"x", object()])
def test_what_is_not_json_is_refused(value):
    with pytest.raises(InvalidParameterError, match="events are JSON"):
        plain(value, "here")


def test_lists_are_made_with_as_many_as_there_must_be():
    assert small(field("list", list_of(UUID, least=2))).keys() == {"list"}
    assert len(small(field("list", list_of(UUID, least=2)))["list"]) == 2
    assert small(field("list", list_of(UUID, least=0))) == {"list": []}
    assert small(field("list", list_of(TEXT)), given={"list": ("a", "b")}) == {"list": ["a", "b"]}


def test_optional_fields_stay_away_unless_given():
    optional = field("maybe", whole_number(), OPTIONAL)

    assert small(optional) == {}
    assert small(optional, given={"maybe": 1}) == {"maybe": 1}
    assert small(field("map", map_of(TEXT, TEXT), OPTIONAL)) == {}


def test_seed_and_clock_decide_everything():
    def built():
        return ParcelEvents(Mint(seed=7, clock=FixedClock(1_795_000_000))).posted("box", count=2)

    assert built() == built()
    assert built()["parcels"][0]["posted"] == 1_795_000_000_000


def test_ids_are_fresh_at_each_call_and_within_it():
    source = ParcelEvents(Mint(seed=7))

    ids = [parcel["id"] for event in (source.posted(count=2), source.posted()) for parcel in event["parcels"]]

    assert len(set(ids)) == 3


def test_long_values_are_cut_in_messages():
    assert shorten("short") == "'short'"
    assert shorten("x" * 200, width=20) == "'" + "x" * 18 + "…"
    assert len(shorten("x" * 200)) == 80
