"""The platform's server, which runs the functions: asked to by deliveries, and in the name of SDKs."""

from __future__ import annotations

import re
from typing import Final

from pytest_serverless.errors import PlatformError, ThrottledError
from pytest_serverless.local.aws.addressing import scope_of
from pytest_serverless.local.aws.messages import Delivery, decode_outcome, decode_throttle
from pytest_serverless.local.aws.peer import Peer
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.outcome import Outcome

__all__ = ["PlatformClient", "is_of_functions"]

INVOKE: Final = "/_serverless/invoke"
_JSON: Final = [("Content-Type", "application/json")]
_FUNCTIONS: Final = re.compile(r"/\d{4}-\d\d-\d\d/functions(?:/.*)?")
_OF_THE_CONNECTION: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "keep-alive"})


def is_of_functions(asked: Asked) -> bool:
    """Tell whether a request is for Lambda: the server answers these, and says which it can."""
    scope = scope_of(asked)
    return _FUNCTIONS.fullmatch(asked.path) is not None if scope is None else scope.service == "lambda"


class PlatformClient:
    """Asks the server at a URL, in the calling thread."""

    def __init__(self, url: str) -> None:
        self._peer = Peer(url)

    def invoke(self, delivery: Delivery) -> Outcome:
        """Have a function invoked; raises ThrottledError where there is no room, PlatformError where nobody answers."""
        answer = self._peer.ask("POST", INVOKE, delivery.encode(), _JSON)
        if answer.status == 200:
            return decode_outcome(answer.body)
        if answer.status == 429:
            raise ThrottledError(decode_throttle(answer.body), delivery.function)
        said = answer.body.decode(errors="replace")
        raise PlatformError(f"{self._peer.url} answered {answer.status} to an invocation: {said[:300]}")

    def forward(self, asked: Asked) -> Reply:
        """Pass a request on as it is, and return its answer."""
        headers = [pair for pair in asked.headers if pair[0].lower() not in _OF_THE_CONNECTION]
        answer = self._peer.ask(asked.method, asked.target, asked.body, headers)
        kept = [pair for pair in answer.headers if pair[0].lower() not in _OF_THE_CONNECTION]
        return Reply(answer.status, answer.body, kept)
