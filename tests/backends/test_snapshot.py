"""Each test starts with the same state: every service that can be in a template is tried, by reading it back."""

import gc
import threading

import pytest

from tests.backends.states import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_the_state_of_a_service_is_put_back(own_backend, service):
    state, client = SERVICES[service](), own_backend.client
    with own_backend.entered():
        state.make(client)
        own_backend.take_snapshot()
        expected = state.look(client)

    for _ in range(3):
        with own_backend.entered():
            assert state.look(client) == expected
            state.change(client)
            assert state.look(client) != expected
    with own_backend.entered():
        assert state.look(client) == expected


def test_services_together_are_put_back_together(own_backend):
    states = [SERVICES[name]() for name in ("s3", "dynamodb", "sns", "events", "lambda", "logs")]
    with own_backend.entered():
        for state in states:
            state.make(own_backend.client)
        own_backend.take_snapshot()
        expected = [state.look(own_backend.client) for state in states]

    with own_backend.entered():
        for state in states:
            state.change(own_backend.client)

    with own_backend.entered():
        assert [state.look(own_backend.client) for state in states] == expected


def test_a_service_that_is_first_used_in_a_test_is_empty_in_the_next(own_backend):
    with own_backend.entered():
        SERVICES["s3"]().make(own_backend.client)
        own_backend.take_snapshot()

    with own_backend.entered():
        own_backend.client("sns").create_topic(Name="news")

    with own_backend.entered():
        assert own_backend.client("sns").list_topics()["Topics"] == []


def test_without_a_snapshot_every_test_starts_empty(aws, started):
    aws.client("s3").create_bucket(Bucket="uploads")
    started._engine.restore()

    assert aws.client("s3").list_buckets()["Buckets"] == []


def test_objects_in_s3_are_closed_and_none_complains(own_backend, recwarn):
    state = SERVICES["s3"]()
    with own_backend.entered():
        state.make(own_backend.client)
        own_backend.take_snapshot()

    for _ in range(3):
        with own_backend.entered():
            state.change(own_backend.client)
    own_backend.stop()
    gc.collect()

    assert [str(one.message) for one in recwarn if issubclass(one.category, ResourceWarning)] == []


def test_models_are_not_counted_for_ever(own_backend):
    from moto.s3.models import FakeKey

    with own_backend.entered():
        SERVICES["s3"]().make(own_backend.client)
        own_backend.take_snapshot()
    for _ in range(5):
        with own_backend.entered():
            counted = len(FakeKey.instances_tracked)

    assert counted == 1


class Uncopyable:
    def __init__(self):
        self.thread = threading.current_thread()  # holds what no pickle takes
        self.stream = open(__file__, encoding="utf-8")  # noqa: SIM115  closed by `close`

    def close(self):
        self.stream.close()


def test_a_state_that_cannot_be_copied_is_made_anew_and_a_warning_says_so(own_backend):
    made = []

    def again():
        made.append(own_backend.client("s3").create_bucket(Bucket="uploads"))

    stuck = Uncopyable()
    with own_backend.entered():
        again()
        from moto.s3.models import s3_backends

        s3_backends["123456789012"]["aws"].buckets["uploads"].stuck = stuck
        with pytest.warns(UserWarning, match="cannot be copied.*made anew"):
            own_backend.take_snapshot(again)
    stuck.close()

    for _ in range(2):
        with own_backend.entered():
            own_backend.client("s3").put_object(Bucket="uploads", Key="k", Body=b"")

    assert len(made) == 3


def test_a_copy_that_cannot_be_put_back_leaves_the_state_for_the_fall_back(own_backend, monkeypatch):
    def again():
        own_backend.client("s3").create_bucket(Bucket="anew")

    with own_backend.entered():
        again()
        own_backend.take_snapshot(again)
    monkeypatch.setattr(own_backend._engine._snapshot._parts[0], "data", b"\x80\x05 not a pickle")

    with pytest.warns(UserWarning, match="cannot be copied"), own_backend.entered():
        assert [one["Name"] for one in own_backend.client("s3").list_buckets()["Buckets"]] == ["anew"]


@pytest.fixture
def large(own_backend, monkeypatch):
    """Every service's state, taken for a large one: it is put back in parts."""
    from pytest_serverless.backends.moto import snapshot

    monkeypatch.setattr(snapshot, "LARGE", 0)
    states = {name: make() for name, make in SERVICES.items()}
    with own_backend.entered():
        for state in states.values():
            state.make(own_backend.client)
        own_backend.take_snapshot()
        expected = {name: state.look(own_backend.client) for name, state in states.items()}
    return own_backend, states, expected


def test_a_large_state_is_put_back_in_parts(large):
    backend, states, expected = large
    client = backend.client
    assert len(backend._engine._snapshot._parts) > len(SERVICES) // 2

    for changed in states:
        with backend.entered():
            states[changed].change(client)
        with backend.entered():
            assert {name: state.look(client) for name, state in states.items()} == expected, changed


def test_of_a_large_state_what_nobody_reached_is_not_loaded_again(large):
    backend, states, _ = large
    held = [one for part in backend._engine._snapshot._parts for one in part.backends]
    [dynamodb] = [one for one in held if getattr(one, "tables", None)]
    [s3] = [one for one in held if getattr(one, "buckets", None)]
    with backend.entered():
        states["s3"].change(backend.client)
        table, bucket = dynamodb.tables["items"], s3.buckets["uploads"]

    with backend.entered():
        assert dynamodb.tables["items"] is table
        assert s3.buckets["uploads"] is not bucket


def test_services_that_hold_each_other_are_put_back_together(own_backend, monkeypatch):
    from moto.s3.models import s3_backends
    from moto.sns.models import sns_backends

    from pytest_serverless.backends.moto import snapshot

    monkeypatch.setattr(snapshot, "LARGE", 0)
    with own_backend.entered():
        SERVICES["s3"]().make(own_backend.client)
        SERVICES["sns"]().make(own_backend.client)
        s3_backends["123456789012"]["aws"].buckets["uploads"].told = sns_backends["123456789012"]["us-east-1"]
        own_backend.take_snapshot()

    together = [{service.service_name for service in part.services} for part in own_backend._engine._snapshot._parts]
    assert {"s3", "sns"} in together


class Counter:
    """A backend of our own."""

    def __init__(self):
        self.value = 0

    def snapshot(self):
        return self.value

    def restore(self, saved):
        self.value = saved


def test_a_backend_of_our_own_is_put_back_with_the_rest(own_backend):
    counter = Counter()
    own_backend.route("sqs", lambda *request: (200, {}, b""), counter)
    with own_backend.entered():
        counter.value = 7
        own_backend.take_snapshot()
        counter.value = 8

    with own_backend.entered():
        assert counter.value == 7


def test_motos_class_is_not_changed_for_each_test(own_backend):
    """CPython 3.13 goes on to call the old `__getitem__` of a class that was changed a thousand times."""
    from moto.core.base_backend import BackendDict

    with own_backend.entered():
        first = BackendDict.__getitem__
    between = BackendDict.__getitem__
    with own_backend.entered():
        assert BackendDict.__getitem__ is between is first
