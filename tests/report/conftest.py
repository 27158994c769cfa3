import pytest

from tests.load.results.runs import count, make_run


@pytest.fixture(scope="session")
def counted():
    return count()


@pytest.fixture(scope="session")
def run(counted):
    return make_run(counted)
