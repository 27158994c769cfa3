from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.source import Common, Event, EventSource, Parameter, describe, event_type, variants
from tests.events.parcels import PARCELS, ParcelEvents, posted

if TYPE_CHECKING:
    from typing_extensions import Unpack


class LaterEvents(ParcelEvents):
    """A source whose annotations are text, and whose `Unpack` only the type checker sees."""

    name = "acme.later"

    @event_type("A parcel went missing", reference="https://acme.example/lost", shape=PARCELS)
    def lost(self, where: Optional[str] = None, either: Union[int, str] = 1, **common: Unpack[Common]) -> Event:  # noqa: UP007, UP045  # as users write them
        """Build a lost parcel."""
        return self.complete(PARCELS, {}, common)


def variant(name):
    return next(v for v in variants(LaterEvents) if v.name == name)


def test_a_source_has_the_types_of_its_code_and_of_what_it_extends():
    assert [v.name for v in variants(LaterEvents)] == ["posted", "returned", "lost"]


def test_parameters_are_those_of_the_signature():
    parameters = variant("posted").parameters

    assert list(parameters) == [
        "kind",
        "to",
        "count",
        "insured",
        "ratio",
        "extra",
        "overrides",
        "allow_inconsistent",
        "tags",
        "weight",
    ]
    assert parameters["kind"] == Parameter("kind", Literal["letter", "box"], "letter", keyword_only=False)
    assert parameters["kind"].choices == ("letter", "box")
    assert parameters["count"].choices == ()
    assert parameters["weight"] == Parameter("weight", int, None, keyword_only=True)
    assert list(variant("lost").parameters) == ["where", "either", "overrides", "allow_inconsistent"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "bag"}, "acme.parcels.posted: kind takes 'letter' or 'box', got 'bag' (str)."),
        ({"kind": None}, "kind takes 'letter' or 'box', got None (NoneType)."),
        ({"to": 5}, "to takes str or None, got 5 (int)."),
        ({"count": "2"}, "count takes int, got '2' (str)."),
        ({"count": True}, "count takes int, got True (bool)."),
        ({"insured": 1}, "insured takes bool, got 1 (int)."),
        ({"ratio": "half"}, "ratio takes float, got 'half' (str)."),
        ({"ratio": False}, "ratio takes float, got False (bool)."),
        ({"tags": [1]}, "tags takes Mapping, got [1] (list)."),
        ({"weight": 1.5}, "weight takes int, got 1.5 (float)."),
        ({"overrides": "x"}, "overrides takes Mapping, got 'x' (str)."),
        ({"wieght": 1}, "acme.parcels.posted has no parameter 'wieght'. Did you mean 'weight'?"),
        ({"zzz": 1}, "has no parameter 'zzz'. It takes kind, to, count, insured, ratio, extra, overrides"),
    ],
)
def test_wrong_parameters_are_named_with_what_they_take(parameters, message):
    with pytest.raises(InvalidParameterError) as caught:
        posted(**parameters)

    assert message in str(caught.value)


@pytest.mark.parametrize("parameters", [{"ratio": 1}, {"ratio": 0.25}, {"to": None}, {"extra": object()}, {"tags": {}}])
def test_right_parameters_are_taken(parameters):
    assert posted(**parameters)["count"] == 1


def test_positional_arguments_are_looked_at_too():
    source = LaterEvents(Mint())

    with pytest.raises(InvalidParameterError, match=r"acme\.later\.lost: where takes str or None, got 5"):
        source.lost(5)
    with pytest.raises(InvalidParameterError, match="either takes int or str"):
        source.lost("here", None)
    with pytest.raises(TypeError):
        source.posted("box", "to")


def test_annotations_are_said_in_words():
    assert describe(str | None) == "str or None"
    assert describe(Sequence[str]) == "Sequence"
    assert describe(Literal["a", "b", "c"]) == "'a', 'b' or 'c'"
    assert describe(Mapping[str, Any] | bytes) == "Mapping or bytes"


def test_a_source_takes_another_mint():
    source = ParcelEvents(Mint(seed=1))

    other = source.at(Mint(seed=1))

    assert type(other) is ParcelEvents
    assert other.posted()["parcels"][0]["id"] == source.posted()["parcels"][0]["id"]


def test_a_source_shows_what_it_builds():
    assert repr(ParcelEvents(Mint())) == "<acme.parcels events: posted, returned>"


def test_builders_keep_their_name_and_documentation():
    assert ParcelEvents.posted.__name__ == "posted"
    assert ParcelEvents.posted.__doc__ == "Build a posted parcel."
    assert issubclass(ParcelEvents, EventSource)
