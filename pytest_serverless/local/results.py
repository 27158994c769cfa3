"""What an invocation came to, as every part of the toolkit reads it: made of what its sandbox measured."""

from __future__ import annotations

import json
from typing import Any

from pytest_serverless.app.model import Function
from pytest_serverless.clock import Clock
from pytest_serverless.invocation.aws import LambdaRuntime
from pytest_serverless.invocation.runtime import Figures
from pytest_serverless.local.invocations import Invocation, Ran
from pytest_serverless.outcome import Outcome

__all__ = ["Results", "value_of"]


class Results:
    """Makes outcomes; the log's text is that of the invocation in process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runtime = LambdaRuntime()

    def outcome(self, function: Function, invocation: Invocation, ran: Ran) -> Outcome:
        """Return what an invocation came to."""
        call = self._runtime.call(
            function, clock=self._clock, request_id=invocation.request_id, context=None, options={}
        )
        init_ms = None if ran.init_overran else ran.init_ms
        figures = Figures(
            status=ran.status,
            started=ran.started,
            duration_ms=ran.duration_ms,
            billed_ms=self._runtime.billed_ms(ran.duration_ms, init_ms, call),
            init_ms=ran.init_ms,
            init_overran=ran.init_overran,
            memory_used_mb=ran.memory_used_mb,
        )
        return Outcome(
            function=function.name,
            provider=function.provider,
            request_id=invocation.request_id,
            status=ran.status,
            payload=ran.payload,
            value=value_of(ran.payload),
            failure=ran.failure,
            duration_ms=ran.duration_ms,
            billed_ms=figures.billed_ms,
            init_ms=ran.init_ms,
            memory_mb=function.memory_mb,
            memory_used_mb=ran.memory_used_mb,
            lines=ran.lines,
            log=self._runtime.log(call, ran.lines, figures, ran.failure),
        )


def value_of(payload: bytes) -> Any:
    """Return the payload as a caller reads it; a handler may have sent bytes that are no JSON."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload
