"""What a journey is given: it sends requests, and each of them is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_serverless.errors import InvalidParameterError, UnknownNameError, or_list, shorten
from pytest_serverless.load.arrivals.checks import check_number
from pytest_serverless.load.drivers.contract import Driver
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.scenarios.caller import Caller
from pytest_serverless.load.scenarios.messages import Data, Params, address, body, checked_headers, step_of
from pytest_serverless.load.scenarios.messages import payload as encoded
from pytest_serverless.load.scenarios.reply import Reply
from pytest_serverless.load.scenarios.writes import Writes

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Call", "Check", "JourneyEnded", "Options"]

Check = bool | Callable[[Reply], Any]
"""Whether a call that is not ok ends the journey; or what tells whether an answer is as meant."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_WRONG = (LookupError, ValueError, TypeError, AttributeError, AssertionError)
"""What a check raises of an answer that is not what it expects."""


class JourneyEnded(BaseException):
    """Ends a journey whose call did not come back ok; no Exception, so that a journey's own `except` lets it pass."""


class Options(TypedDict, total=False):
    """What a request may be given.

    - `params`: what follows the `?`; `headers` besides those of the scenario.
    - `json`: a body as JSON; `data`: bytes, a text, or a mapping, which is sent as a form.
    - `name`: what the step is called in results, where its path has ids in it; otherwise "GET /path".
    - `check`: True ends the journey unless the answer is ok, False goes on. A callable is given an answer that is ok,
      and what it does not confirm counts as an error of the function, and ends the journey:
      `check=lambda reply: reply.json()["ok"]`.
    """

    params: Params
    json: Any
    data: Data
    headers: Mapping[str, str]
    name: str
    check: Check


class Call(Writes):
    """What one journey of one arrival sends, in its order.

    `data` is the arrival's own row of the scenario's data, `shared` what `set_up` returned, `variant` which one of an
    A/B scenario it is, "" for others, `phase` the phase it was intended in, and `source` numbers the user, from 0, that
    it stands for.
    """

    __slots__ = ("_arrived_s", "_caller", "_carried", "_intended_s", "_key", "data", "phase", "source", "variant")

    def __init__(
        self,
        caller: Caller,
        *,
        key: str,
        phase: str,
        intended_s: float,
        data: Mapping[str, Any],
        variant: str = "",
        source: int = 0,
    ) -> None:
        self._caller = caller
        self._key = key
        self._arrived_s = intended_s
        self._intended_s: float | None = intended_s
        self._carried: list[str] = []
        self.data = data
        self.phase = phase
        self.variant = variant
        self.source = source

    def get(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("DELETE", path, **options)

    def head(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("HEAD", path, **options)

    def options(self, path: str, **options: Unpack[Options]) -> Reply:
        return self.request("OPTIONS", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        data: Data | None = None,
        headers: Mapping[str, str] | None = None,
        name: str | None = None,
        check: Check = True,
    ) -> Reply:
        """Send a request, once, and return the answer to it; see `Options`."""
        if method not in _METHODS:
            raise InvalidParameterError(f"A method is {or_list(_METHODS)}, not {shorten(method)}.")
        where = address(path, params)
        sent, content_type = body(json, data)
        caller = self._caller
        carried = caller.headers_to(where)
        if content_type:
            carried["content-type"] = content_type
        if headers:
            carried.update(checked_headers(headers))
        return self._send(caller.http, method, where, carried, sent, name or step_of(method, path), check)

    def invoke(
        self,
        function: str | None = None,
        payload: Any = None,
        *,
        name: str | None = None,
        check: Check = True,
    ) -> Reply:
        """Invoke a function, by its id or name, or the scenario's own, and return what it returned."""
        caller = self._caller
        wanted = function or caller.function
        if not wanted:
            known = f" There are {or_list(sorted(caller.target.functions))}." if caller.target.functions else ""
            raise InvalidParameterError(
                f"No function is named: give call.invoke('Name', …), or set `function` in {caller.scenario}.{known}"
            )
        step = name or f"invoke {wanted}"
        headers = {"content-type": "application/json"}
        where = caller.target.function(wanted)
        return self._send(caller.invoke, "POST", where, headers, encoded(payload), step, check)

    def pause(self, seconds: float) -> None:
        """Wait, as a user does who reads; the time is no part of any latency."""
        check_number("A pause in seconds", seconds)
        self._caller.sleep(seconds)

    @property
    def shared(self) -> Any:
        return self._caller.shared

    def url(self, id: str | None = None) -> str:  # noqa: A002  # the template's word for it
        """Return the base URL of an HTTP API or function URL by its id; of the only one without."""
        return self._caller.target.url(id)

    def ref(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return what `Ref` gives of a resource of the target, by its id."""
        resources = self._caller.target.resources
        if id not in resources:
            raise UnknownNameError("resource of the target", id, resources)
        return resources[id]

    def _send(
        self, driver: Driver, method: str, where: str, headers: dict[str, str], content: bytes, step: str, check: Check
    ) -> Reply:
        if not isinstance(check, bool) and not callable(check):
            raise InvalidParameterError(f"check is True, False or a function of the reply, not {shorten(check)}.")
        caller = self._caller
        caller.check_step(step)
        clock, gauge = caller.clock, caller.aggregate.gauge
        began_s = clock()
        intended_s = began_s if self._intended_s is None else self._intended_s
        self._intended_s = None
        gauge.enter(began_s)
        try:
            sent = driver.send(method, where, headers, content, source=self.source)
        except Exception:  # nothing was sent, or the driver is broken: there is nothing to count
            self._taken(is_ok=False)
            raise
        except BaseException:  # the run stops while it waits for the answer
            self._taken(is_ok=False)
            stopped = Observation(self._key, step, self.phase, intended_s, began_s, clock(), "failed", "stopped")
            caller.aggregate.add(stopped)
            raise
        finally:
            gauge.leave(clock())
        reply = Reply(sent, step, (sent.exchange.ended_s - intended_s) * 1e3)
        try:
            if callable(check) and reply.is_ok:
                reply.reject(_objection(check, reply))
        finally:
            self._count(reply, intended_s)
        if not reply.is_ok and check is not False:
            raise JourneyEnded(step)
        return reply

    def _count(self, reply: Reply, intended_s: float) -> None:
        self._taken(is_ok=reply.is_ok)
        sent = reply.sent
        exchange = sent.exchange
        observation = Observation(
            self._key,
            reply.step,
            self.phase,
            intended_s,
            exchange.started_s,
            exchange.ended_s,
            reply.kind,
            reply.reason,
            exchange.status,
            sent.evidence,
            exchange.new_connection,
            exchange.wire_attempts,
        )
        self._caller.count(observation, exchange)


def _objection(check: Callable[[Reply], Any], reply: Reply) -> str:
    """Return what a check has against an answer, "" if nothing; few words, for each is counted by itself."""
    name = getattr(check, "__name__", "")
    said = "rejected" if name in {"", "<lambda>"} else f"rejected by {name}"
    try:
        return "" if check(reply) else said
    except _WRONG as error:
        return f"{said}: {type(error).__name__}"
