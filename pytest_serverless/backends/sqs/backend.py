"""Amazon SQS, in process: requests in, responses out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_serverless.backends.sqs import json_wire, query_wire
from pytest_serverless.backends.sqs.faults import SqsError
from pytest_serverless.backends.sqs.moving import run_tasks
from pytest_serverless.backends.sqs.operations import OPERATIONS
from pytest_serverless.backends.sqs.places import base_url, endpoint, queue_place, sender_of, signer
from pytest_serverless.backends.sqs.settings import IN_FLIGHT_LIMIT
from pytest_serverless.backends.sqs.snapshots import Snapshot
from pytest_serverless.backends.sqs.store import Call, Record, Store
from pytest_serverless.backends.sqs.view import QueueView
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import UnknownNameError
from pytest_serverless.outcome import Change

__all__ = ["Response", "SqsBackend"]

Response = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""

_TARGET: Final = "AmazonSQS."


class SqsBackend:
    """Every queue of every account and region.

    `clock` gives the time; nothing happens between requests, what should have happened is made up for at the next.
    `account` and `region` are those of requests that do not tell. `cooldowns`: as in the service, a queue can be purged
    once a minute, and not be made again in the minute after it was deleted. `in_flight_limit` is how many messages of a
    queue may be in flight. `on_change` is told of everything that changes, after it has.

    The changes: `sqs:CreateQueue`, `sqs:DeleteQueue`, `sqs:PurgeQueue`, `sqs:SetQueueAttributes`; `sqs:DeleteMessage`,
    `sqs:ChangeMessageVisibility`; and where a message came in, with the `message_id`, when it is `due`, and the
    `message` itself, which goes on changing: `sqs:SendMessage`, `sqs:DeadLetter`, `sqs:Redrive`. Times are in seconds
    since the epoch.
    """

    def __init__(
        self,
        clock: Clock = SYSTEM,
        *,
        account: str = "123456789012",
        region: str = "us-east-1",
        cooldowns: bool = True,
        in_flight_limit: int = IN_FLIGHT_LIMIT,
        on_change: Callable[[Change], None] | None = None,
    ) -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self.cooldowns = cooldowns
        self.in_flight_limit = in_flight_limit
        self.on_change = on_change
        self._store = Store()
        self._lock = threading.RLock()
        self._requests = 0
        self._changes: list[Change] = []

    def respond(self, method: str, url: str, headers: Mapping[str, Any], body: bytes | str | None) -> Response:
        """Answer a request: of the JSON protocol where it has the header X-Amz-Target, else of the query protocol."""
        raw = body.encode() if isinstance(body, str) else body or b""
        target = _header(headers, "X-Amz-Target")
        with self._lock:
            self._requests += 1
            request_id = f"{self._requests:08x}-0000-4000-8000-000000000000"
            if target.startswith(_TARGET):
                response = self._respond_json(target[len(_TARGET) :], url, headers, raw, request_id)
            else:
                response = self._respond_query(url, headers, raw, request_id)
        self._tell()
        return response

    def snapshot(self) -> Snapshot:
        """Return the state of everything, to be restored later."""
        with self._lock:
            return Snapshot(self._store)

    def restore(self, snapshot: Snapshot) -> None:
        """Bring everything back to the state it had; what did not change since costs nothing."""
        with self._lock:
            snapshot.restore(self._store)

    def reset(self) -> None:
        """Forget every queue."""
        with self._lock:
            self._store = Store()

    def queue(self, name: str) -> QueueView:
        """Return a queue by its ARN, its URL or its name, to look at.

        Raises UnknownNameError where there is none. A name means one of the backend's own account and region, or else
        the first that has it.
        """
        with self._lock:
            record = self._find(name)
            if record is None:
                raise UnknownNameError("queue", name, [record.name for record in self._store.records.values()])
            return self._view(record)

    def has(self, arn: str) -> bool:
        """Tell whether there is a queue of that ARN."""
        with self._lock:
            return self._store.by_arn(arn) is not None

    def queues(self) -> list[QueueView]:
        """Return every queue, to look at."""
        with self._lock:
            return [self._view(record) for record in self._store.records.values()]

    def next_due(self) -> float | None:
        """Return when something happens by itself: a message appears, or a move task moves one; None if nothing will.

        In seconds since the epoch. The end of a message's retention does not count.
        """
        self.advance()
        with self._lock:
            now = self.clock.now()
            times = [record.queue.next_due(now) for record in self._store.records.values()]
            times += [task.next_due for task in self._store.tasks]
            return min((time for time in times if time is not None), default=None)

    def advance(self) -> None:
        """Make up for what should have happened since the last request."""
        with self._lock:
            call = self._call("", {})
            run_tasks(call)
            for record in self._store.records.values():
                record.queue.advance(call.now)
        self._tell()

    def _respond_json(
        self, operation: str, url: str, headers: Mapping[str, Any], body: bytes, request_id: str
    ) -> Response:
        answer = {"Content-Type": json_wire.CONTENT_TYPE, "x-amzn-RequestId": request_id}
        try:
            result = self._perform(operation, json_wire.parameters_of(body), url, headers)
        except SqsError as error:
            header, content = json_wire.refusal(error)
            return error.status, {**answer, **header}, content
        return 200, answer, json_wire.answer(result)

    def _respond_query(self, url: str, headers: Mapping[str, Any], body: bytes, request_id: str) -> Response:
        answer = {"Content-Type": query_wire.CONTENT_TYPE, "x-amzn-RequestId": request_id}
        try:
            form = query_wire.form_of(urlsplit(url).query, body)
            operation = form.get("Action", "")
            parameters = query_wire.parameters_of(form)
            if urlsplit(url).path.strip("/"):
                parameters.setdefault("QueueUrl", url.partition("?")[0])
            result = self._perform(operation, parameters, url, headers)
        except SqsError as error:
            return error.status, answer, query_wire.refusal(error, request_id)
        return 200, answer, query_wire.answer(operation, result, request_id)

    def _perform(
        self, operation: str, parameters: Mapping[str, Any], url: str, headers: Mapping[str, Any]
    ) -> dict[str, Any]:
        perform = OPERATIONS.get(operation)
        if perform is None:
            raise SqsError("InvalidAction", f"The action {operation or '(none)'} is not valid for this endpoint.")
        call = self._call(url, headers)
        if self._store.tasks:
            run_tasks(call)
        return perform(call, parameters)

    def _call(self, url: str, headers: Mapping[str, Any]) -> Call:
        key, signed_for = signer(_header(headers, "Authorization")) or ("", None)
        stands_in, own_base = endpoint(url)
        region = stands_in or signed_for or self.region
        return Call(
            store=self._store,
            account=self.account,
            region=region,
            base_url=own_base or base_url(region),
            sender=sender_of(key),
            now=self.clock.now(),
            cooldowns=self.cooldowns,
            in_flight_limit=self.in_flight_limit,
            report=self._report,
            is_heard=self.on_change is not None,
        )

    def _report(self, kind: str, record: Record, details: Mapping[str, Any]) -> None:
        if self.on_change is not None:
            now = self.clock.now()
            self._changes.append(Change(time=now, service="sqs", kind=kind, resource=record.arn, details=details))

    def _tell(self) -> None:
        """Tell what changed, without the lock: who listens may wait for another thread that asks the backend."""
        if self._changes and self.on_change is not None:
            with self._lock:
                changes, self._changes = self._changes, []
            for change in changes:
                self.on_change(change)

    def _find(self, name: str) -> Record | None:
        if name.startswith("arn:"):
            return self._store.by_arn(name)
        region, account, plain = queue_place(name)
        own = self._store.records.get((account or self.account, region or self.region, plain))
        others = (
            record for key, record in self._store.records.items() if key[2] == plain and account in {None, key[0]}
        )
        return own or (next(others, None) if region is None else None)

    def _view(self, record: Record) -> QueueView:
        account, region, name = record.key
        return QueueView(record, f"{base_url(region)}/{account}/{name}", self.clock)


def _header(headers: Mapping[str, Any], name: str) -> str:
    """Return a header, however its name is written; empty if it is not there."""
    value = headers.get(name)
    if value is None:
        low = name.lower()
        value = next((value for other, value in headers.items() if other.lower() == low), "")
    if isinstance(value, str):
        return value
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
