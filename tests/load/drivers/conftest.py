"""What drivers are tested with: a child that exchanges for real, and a transport that only remembers."""

import pytest

from pytest_serverless.load.drivers.contract import Exchange


class Remembering:
    """Answers each request with the same, and keeps what it was sent."""

    def __init__(self, status=200, headers=None, body=b"", error=None):
        self.answer = (status, headers or {}, body, error)
        self.sent = []

    def exchange(self, method, url, headers, body=b""):
        self.sent.append((method, url, dict(headers), body))
        return Exchange(100.0, 100.5, *self.answer)


@pytest.fixture
def remembering():
    return Remembering
