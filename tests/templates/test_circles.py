"""Circles in what needs what."""

import pytest

from pytest_serverless.templates.circles import circles


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({"a": {"b"}, "b": {"c"}}, []),
        ({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}}, []),
        ({"a": {"a"}}, [["a"]]),
        ({"a": {"b"}, "b": {"a"}}, [["a", "b"]]),
        ({"x": {"a"}, "y": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a"}}, [["a", "b", "c"]]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}}, [["a", "b"], ["c", "d"]]),
    ],
)
def test_each_circle_is_found_once(edges, found):
    assert list(circles(edges)) == found


def test_a_long_chain_is_no_trouble():
    chain = {str(number): {str(number + 1)} for number in range(5000)}

    assert list(circles(chain)) == []
    assert len(next(circles({**chain, "5000": {"0"}}))) == 5001
