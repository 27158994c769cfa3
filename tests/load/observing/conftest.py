import pytest

from pytest_serverless.load.observing import Window, observe_functions
from tests.load.observing.cloud import NOON, Cloud


@pytest.fixture
def cloud():
    """An account with a function, an hour after noon."""
    made = Cloud(NOON + 3600)
    made.function("shop")
    return made


@pytest.fixture
def observe(cloud):
    def observe(*names, from_s=0.0, to_s=60.0, **options):
        window = Window(NOON + from_s, NOON + to_s)
        clients = options.pop("clients", None) or cloud.clients()
        return observe_functions(
            names or ("shop",), window, clients=clients, now=cloud.told_at, sleep=cloud.sleep, **options
        )

    return observe
