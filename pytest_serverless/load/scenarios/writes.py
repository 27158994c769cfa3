"""What a journey writes to services of the target itself: messages and objects, and the ids they carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.pipelines.writing import Written, message, stored
from pytest_serverless.load.scenarios.caller import Caller

if TYPE_CHECKING:
    from pytest_serverless.load.drivers.contract import Driver
    from pytest_serverless.load.scenarios.call import Check
    from pytest_serverless.load.scenarios.reply import Reply

__all__ = ["Writes"]


class Writes:
    """The part of a call that writes, and that follows an arrival to where its effect shows."""

    __slots__ = ()

    if TYPE_CHECKING:
        _arrived_s: float
        _caller: Caller
        _carried: list[str]
        _key: str
        phase: str

        def _send(
            self,
            driver: Driver,
            method: str,
            where: str,
            headers: dict[str, str],
            content: bytes,
            step: str,
            check: Check,
        ) -> Reply: ...

    def correlate(self, id: str | None = None) -> str:  # noqa: A002  # it is one
        """Return a new id, for what is sent next to carry to the scenario's sink; or take one that the target gave.

        From the instant that the arrival was intended at, until the id is seen at the sink, is its end-to-end latency.
        What carries a new id and is refused is not awaited. An id of the target's own is given when it is known:
        `call.correlate(reply.json()["id"])`.
        """
        pipeline = self._caller.pipeline
        if pipeline is None:
            raise InvalidParameterError(
                f"{self._caller.scenario} has no sink at which an effect could be seen. Name it in the class: "
                "sink = SqsSink('Results'), S3Sink(…), DynamoDbSink(…) or HttpSink(…)."
            )
        name = pipeline.sent(self._arrived_s, self.phase, self._key, id)
        if id is None:
            self._carried.append(name)
        return name

    def send_message(
        self,
        queue: str,
        body: Any,
        *,
        group: str | None = None,
        deduplication: str | None = None,
        delay_s: int | None = None,
        attributes: Mapping[str, str] | None = None,
        name: str | None = None,
        check: Check = True,
    ) -> Reply:
        """Send a message to a queue, by its id in the template, its name or URL; what is no text is sent as JSON.

        `group` and `deduplication` are those of a FIFO queue.
        """
        written = message(
            self._caller.services,
            queue,
            body,
            group=group,
            deduplication=deduplication,
            delay_s=delay_s,
            attributes=attributes,
        )
        return self._write(written, name or f"send {_last(queue)}", check)

    def put_object(
        self,
        bucket: str,
        key: str,
        body: bytes | str = b"",
        *,
        headers: Mapping[str, str] | None = None,
        name: str | None = None,
        check: Check = True,
    ) -> Reply:
        """Put an object into a bucket, by its id in the template or its name."""
        written = stored(self._caller.services, bucket, key, body, headers=headers)
        return self._write(written, name or f"PUT {bucket}", check)

    def _write(self, written: Written, step: str, check: Check) -> Reply:
        driver = self._caller.services.driver(written.service)
        return self._send(driver, written.method, written.url, written.headers, written.body, step, check)

    def abandon(self) -> None:
        """Take it that ids which nothing has carried until now are not under way; at the end of a journey."""
        self._taken(is_ok=False)

    def _taken(self, *, is_ok: bool) -> None:
        """Take it that what carried new ids was taken, or not."""
        if not self._carried:
            return
        pipeline = self._caller.pipeline
        if pipeline is not None and not is_ok:
            for each in self._carried:
                pipeline.refused(each)
        self._carried.clear()


def _last(queue: str) -> str:
    return queue.rstrip("/").rpartition("/")[2]
