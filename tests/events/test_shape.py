import pytest

from pytest_serverless.events.shape import (
    ALWAYS,
    MISSING,
    Either,
    ListOf,
    Pending,
    Scope,
    Value,
    list_of,
    map_of,
    nullable,
    obj,
)
from pytest_serverless.events.values import TEXT, whole_number


def test_missing_is_neither_true_nor_null():
    assert not MISSING
    assert repr(MISSING) == "MISSING"
    assert MISSING is not None


def test_a_scope_reads_what_is_filled_before_what_is_given():
    scope = Scope({"a": 1}, given={"a": 2, "b": 3})

    assert (scope["a"], scope["b"]) == (1, 3)
    assert "c" not in scope
    assert scope.get("c", "none") == "none"
    with pytest.raises(KeyError, match="c"):
        scope["c"]


def test_a_scope_of_a_judged_event_has_only_what_stands_there():
    scope = Scope({"a": None})

    assert "a" in scope
    assert scope.get("a", "none") is None
    with pytest.raises(KeyError, match="b"):
        scope["b"]


def test_a_scope_tells_what_was_given_before_anything_was_made_of_it():
    assert Scope({"a": 1}, given={"a": 2}).raw("a") == 2
    assert Scope({"a": 1}).raw("a") == 1
    assert Scope({}, given={}).raw("a") is MISSING


def test_a_scope_computes_what_is_pending_once():
    calls = []
    scope = Scope({"sum": Pending(lambda: calls.append(1) or len(calls))})

    assert (scope["sum"], scope["sum"], scope.filled["sum"]) == (1, 1, 1)


def test_scopes_reach_outwards_and_inwards():
    root = Scope({"inner": {"x": 1}, "flat": 1}, given={"inner": {"y": 2}})
    inner = root.inside("inner")

    assert (inner["x"], inner["y"]) == (1, 2)
    assert inner.up is root
    assert inner.root is root
    assert root.root is root
    with pytest.raises(KeyError, match="nothing encloses"):
        root.up  # noqa: B018  # what it raises is what matters
    with pytest.raises(KeyError, match="flat"):
        root.inside("flat")
    assert Scope({"inner": {}}).inside("inner").given is None
    assert Scope({"inner": {}}, given={"inner": 1}).inside("inner").given is None


def test_fields_are_always_there_unless_said_otherwise():
    assert ALWAYS(Scope({})) is True


def test_a_nullable_node_is_null_unless_given():
    node = nullable(TEXT)

    assert node.choose(None).accepts(None)
    assert node.choose(MISSING).mint(None) is None
    assert node.choose("text") is TEXT
    assert node.expected == "text, or null"
    assert nullable(obj()).expected == "an object, or null"
    assert nullable(Either(lambda _: TEXT, "this or that")).expected == "this or that, or null"


def test_helpers_declare_what_they_say():
    assert list_of(TEXT) == ListOf(TEXT, 1, None)
    assert map_of(TEXT, TEXT).key is TEXT
    assert obj(others=TEXT).others is TEXT


def test_a_leaf_mends_nothing_unless_told_how():
    leaf = Value("rule", "expected", lambda _: False, lambda _: None)

    assert leaf.mend("anything") is MISSING
    assert whole_number().mend("12") == 12
