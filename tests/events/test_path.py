import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.path import ABSENT, parse, put, render, steps


def placed(path):
    place = None
    for step in path:
        place = (place, step)
    return place


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(st.text() | st.text('."[\\]x', max_size=4) | st.integers(0, 99), max_size=4))
def test_a_place_of_any_keys_is_written_so_that_it_reads_back(path):
    place = placed(path)

    assert steps(place) == path
    assert parse(render(place)) == path


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", []),
        ("Records[0].body", ["Records", 0, "body"]),
        ('headers["x.y"]', ["headers", "x.y"]),
        ('["a\\"b"]', ['a"b']),
        ('["a\\\\"].b', ["a\\", "b"]),
    ],
)
def test_paths_are_keys_and_indexes(path, found):
    assert parse(path) == found


@pytest.mark.parametrize("path", ["a[", "a[b]", "a..b", '["open', "a.[0"])
def test_what_is_no_path_says_where_it_ends_to_be_one(path):
    with pytest.raises(InvalidParameterError, match="stops making sense at"):
        parse(path)


def test_putting_makes_the_objects_and_lists_on_the_way():
    target = {"there": 1}

    put(target, "a.b[0].c", 1)
    put(target, "there.now", 2)
    put(target, "list[2].x", 3)

    assert target == {"a": {"b": [{"c": 1}]}, "there": {"now": 2}, "list": [{}, {}, {"x": 3}]}


def test_putting_sets_and_appends_items_of_a_list():
    target = {"list": [1, 2]}

    put(target, "list[0]", "one")
    put(target, "list[2]", 3)

    assert target == {"list": ["one", 2, 3]}


@pytest.mark.parametrize(
    ("path", "there"),
    [("list.x", "list"), ("list[9]", "list"), ("[0]", "dict"), ("list.x.y", "list"), ("map[0].x", "dict")],
)
def test_a_step_of_the_wrong_kind_is_refused(path, there):
    with pytest.raises(InvalidParameterError, match=f"leads into a {there}"):
        put({"list": [1], "map": {}}, path, 0)


def test_the_empty_path_is_refused():
    with pytest.raises(InvalidParameterError, match="the path is empty"):
        put({}, "", 1)


def test_absence_says_its_name():
    assert repr(ABSENT) == "ABSENT"
