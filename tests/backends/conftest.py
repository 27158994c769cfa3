import pytest

from pytest_serverless.backends.aws import AwsBackend


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
