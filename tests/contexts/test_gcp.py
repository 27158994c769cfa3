"""The context of Google's background functions."""

import sys

import pytest

from pytest_serverless.clock import FixedClock
from pytest_serverless.contexts.gcp import make_background_context
from pytest_serverless.errors import MissingExtraError

Context = pytest.importorskip("google.cloud.functions.context", reason="needs the extra gcp").Context


def test_it_is_the_frameworks_own_class():
    context = make_background_context(clock=FixedClock(1_795_428_000.123))
    assert type(context) is Context
    assert context.timestamp == "2026-11-23T10:00:00.123Z"
    assert context.event_type == "google.pubsub.topic.publish"
    assert context.resource["service"] == "pubsub.googleapis.com"


def test_the_resource_may_be_text():
    name = "projects/p/databases/(default)/documents/a/b"
    assert make_background_context(resource=name, event_id="1").resource == name


def test_without_the_framework_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.cloud.functions.context", None)
    with pytest.raises(MissingExtraError, match=r"\[gcp\]"):
        make_background_context()
