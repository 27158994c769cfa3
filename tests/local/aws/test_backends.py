"""The process of the mocked services, as the server sees it."""

import asyncio

import pytest

from pytest_serverless.errors import PlatformError
from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.backends import Backends
from tests.local.aws.conftest import WITHIN_S

pytestmark = pytest.mark.realtime


def test_that_it_has_ended_by_itself_is_told(template):
    async def main():
        notes = []
        backends = Backends(Configuration(template=template, platform="http://127.0.0.1:9"), note=notes.append)
        await backends.start()
        backends._process.kill()
        while not notes:
            await asyncio.sleep(0.01)
        with pytest.raises(PlatformError, match="do not answer GET /_serverless/state"):
            await backends.ask("GET", "/_serverless/state")
        await backends.close()
        return notes

    notes = asyncio.run(asyncio.wait_for(main(), WITHIN_S))

    assert notes == ["The mocked services have ended (by SIGKILL): start the platform anew."]


def test_that_it_was_ended_is_not(template):
    async def main():
        notes = []
        backends = Backends(Configuration(template=template, platform="http://127.0.0.1:9"), note=notes.append)
        await backends.start()
        await backends.close()
        return notes

    assert asyncio.run(asyncio.wait_for(main(), WITHIN_S)) == []
