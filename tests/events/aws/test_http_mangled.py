"""Hand-written HTTP events have anything anywhere: neither check nor repair may stumble, and repair ends clean."""

from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import UnrecognisedEventError

NAMES = [
    event_type.name
    for event_type in events.catalog()
    if event_type.name.startswith(("aws.rest_api.", "aws.http_api.", "aws.function_url.", "aws.alb.request"))
]
JUNK = [None, 1, "x", "", "é ü", "/", True, -1.5, [], ["a"], {}, {"a": 1}, {"a": None}, {"a": []}, {"Host": 5}]


def places(value, path=()):
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_mangled_event_is_checked_and_repaired(name, data):
    event = events.build(name, method="POST", path="/a/b?x=1&x=2", body={"a": 1}, cookies={"c": "1"})
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(list(places(event))))
        target = event
        for step in way:
            target = target[step]
        if isinstance(target, dict) and data.draw(st.booleans()):
            del target[last]
        else:
            target[last] = deepcopy(data.draw(st.sampled_from(JUNK)))
    try:
        events.check(event)
    except UnrecognisedEventError:
        return  # too little is left to tell what it was
    assert events.check(events.like(event)) == []
