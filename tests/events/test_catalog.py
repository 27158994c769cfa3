import json
import re

import pytest

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import UnknownNameError
from pytest_serverless.events.catalog import Catalog
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.namespace import EventNamespace
from pytest_serverless.registry import registry
from tests.events.parcels import PARCELS, ParcelEvents, catalog

TYPES = list(events.catalog())
WITHOUT_IDS = {"aws.cloudwatch_logs.control_message"}
every_type = pytest.mark.parametrize("event_type", TYPES, ids=lambda event_type: event_type.name)


def test_an_event_type_says_what_it_is():
    event_type = catalog()["acme.parcels.posted"]

    assert event_type.name == "acme.parcels.posted"
    assert (event_type.provider, event_type.source, event_type.variant) == ("acme", "parcels", "posted")
    assert (event_type.summary, event_type.reference) == ("A parcel was posted", "https://acme.example/parcels")
    assert event_type.shape is PARCELS
    assert event_type.parameters["count"].default == 1
    assert repr(event_type) == "<EventType acme.parcels.posted: A parcel was posted>"
    assert event_type.build(count=2)["count"] == 2


def test_a_catalog_is_a_sequence_that_also_finds_by_name():
    found = catalog()

    assert [event_type.name for event_type in found] == ["acme.parcels.posted", "acme.parcels.returned"]
    assert len(found) == 2
    assert found[-1] is found["acme.parcels.returned"]
    assert "acme.parcels.posted" in found
    assert found[0] in found
    assert "acme.parcels.lost" not in found
    assert found.shapes == (PARCELS,)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("acme.parcels.postd", "Did you mean 'acme.parcels.posted'"),
        ("posted", "Did you mean 'acme.parcels.posted'?"),
        ("acme", "Did you mean 'acme.parcels.posted' or 'acme.parcels.returned'?"),
        ("zzz", "There are: acme.parcels.posted, acme.parcels.returned."),
    ],
)
def test_an_unknown_name_brings_the_near_misses(name, hint):
    with pytest.raises(UnknownNameError, match=re.escape(hint)) as caught:
        catalog()[name]

    assert (caught.value.kind, caught.value.name) == ("event type", name)


def test_an_empty_catalog_says_so():
    with pytest.raises(UnknownNameError, match="There are: none"):
        Catalog([], Mint())["x"]


def test_an_event_is_recognised_checked_and_repaired():
    found = catalog(seed=1)
    event = found[0].build()

    assert found.recognise(event) is PARCELS
    assert found.recognise({}) is None
    assert found.check(event) == []
    assert found.like(event) == event
    assert [v.path for v in found.check({**event, "count": 3})] == ["count"]
    assert found.like({**event, "count": 3}) == event


def test_the_functions_of_the_package_work_on_what_is_registered():
    event = events.build("aws.sqs.standard", body="hello")

    assert events.check(event) == []
    assert events.like(event) == event
    with pytest.raises(UnknownNameError, match=r"aws\.sqs\.standard"):
        events.build("aws.sqs.standrad")


def test_a_namespace_finds_sources_by_name():
    made = []
    namespace = EventNamespace("acme", {"parcels": lambda: made.append(1) or ParcelEvents(Mint())})

    assert namespace.parcels.posted()["count"] == 1
    assert namespace.parcels is namespace.parcels
    assert made == [1]
    assert "parcels" in dir(namespace)
    assert repr(namespace) == "<acme events: parcels>"
    with pytest.raises(AttributeError, match=r"no acme event source named 'parcel'\. Did you mean 'parcels'\?"):
        _ = namespace.parcel
    with pytest.raises(AttributeError, match="_hidden"):
        _ = namespace._hidden


def test_names_are_unique_and_of_three_parts():
    names = [event_type.name for event_type in TYPES]

    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(\.[a-z0-9_]+){2}", name)] == []


@every_type
def test_every_type_describes_itself(event_type):
    assert re.fullmatch(r"https://\S+", event_type.reference)
    assert re.fullmatch(r"[A-Z][^\n]{5,110}[^.\s]", event_type.summary)
    assert event_type.declared.function.__doc__


def by_seed(event_type, seed):
    source = event_type.source_type(Mint(seed=seed, clock=FixedClock(1_795_000_000.25)))
    return getattr(source, event_type.variant)()


@every_type
class TestEveryType:
    def test_builds_without_parameters_and_without_violations(self, event_type):
        event = event_type.build()

        assert events.check(event) == []
        assert json.loads(json.dumps(event)) == event

    def test_is_recognised_as_what_it_is(self, event_type):
        assert events.catalog().recognise(event_type.build()) is event_type.shape

    def test_is_its_own_like(self, event_type):
        event = event_type.build()

        assert events.like(event) == event

    def test_is_decided_by_seed_and_clock(self, event_type):
        assert by_seed(event_type, 1) == by_seed(event_type, 1)

    def test_differs_from_call_to_call_and_from_seed_to_seed(self, event_type):
        if event_type.name in WITHOUT_IDS:
            assert by_seed(event_type, 1) == by_seed(event_type, 2)
        else:
            assert event_type.build() != event_type.build()
            assert by_seed(event_type, 1) != by_seed(event_type, 2)


def test_the_catalog_holds_every_registered_source():
    assert {event_type.source_type for event_type in TYPES} == set(registry().sources)
