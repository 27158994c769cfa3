import pytest

from pytest_serverless.backends.aws import AwsBackend
from tests.backends.sqs_client import make_world


@pytest.fixture(scope="session")
def started():
    backend = AwsBackend(network=["allowed.example.com", "*.allowed.example.org"])
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture
def changes(started):
    """The changes of the test: one listener for the session hands them to the list of each test."""
    noted = []
    started.on_change(noted.append)
    yield noted
    started._listeners.remove(noted.append)


@pytest.fixture
def aws(started, changes, request):
    """AWS, empty and mocked for the test."""
    with started.entered(request.node.nodeid) as backend:
        yield backend


@pytest.fixture
def own_backend():
    """A backend whose snapshot is the test's own."""
    backend = AwsBackend()
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture
def world():
    """A backend of SQS at a fixed time, its clock, and a client of it."""
    return make_world()


@pytest.fixture
def clock(world):
    return world[1]


@pytest.fixture
def sqs(world):
    return world[2]


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="orders")["QueueUrl"]
