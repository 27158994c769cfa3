"""Decoding of Azure's events where it cannot be done."""

import sys

import pytest

from pytest_serverless.errors import InvalidPayloadError, MissingExtraError
from pytest_serverless.events.azure import AzureEvents

pytest.importorskip("azure.functions", reason="needs the extra azure")
azure_events = AzureEvents()


def test_without_the_library_the_extra_is_named(monkeypatch):
    event = azure_events.queue.message()
    monkeypatch.setitem(sys.modules, "azure.functions", None)
    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[azure\]") as caught:
        azure_events.decode(event)
    assert caught.value.extra == "azure"


@pytest.mark.parametrize("event", [{}, {"Records": []}, "text", None])
def test_something_else_is_refused_with_what_it_has(event):
    with pytest.raises(InvalidPayloadError, match="An Azure event has trigger"):
        azure_events.decode(event)


def test_an_unknown_trigger_is_named():
    with pytest.raises(InvalidPayloadError, match="'carrierPigeonTrigger'"):
        azure_events.decode({"trigger": "carrierPigeonTrigger", "data": {"string": ""}})


def test_a_number_as_int_is_refused_as_the_worker_refuses_it():
    event = azure_events.queue.message()
    event["trigger_metadata"]["DequeueCount"] = {"int": 1}
    with pytest.raises(InvalidPayloadError, match="not as 'int'"):
        azure_events.decode(event)
