"""The queues of a backend, loaded when somebody first asks for one: most applications' tests do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.outcome import Change

if TYPE_CHECKING:
    from pytest_serverless.backends.sqs import SqsBackend

__all__ = ["LazySqs"]


class LazySqs:
    """Stands for an `SqsBackend` that is made with these values at the first request."""

    def __init__(self, *, account: str, region: str, on_change: Callable[[Change], None]) -> None:
        self._values: dict[str, Any] = {"account": account, "region": region, "on_change": on_change}
        self._made: SqsBackend | None = None

    def respond(self, method: str, url: str, headers: Mapping[str, Any], body: bytes | str | None) -> Any:
        """Answer a request, as the backend does."""
        if self._made is None:
            from pytest_serverless.backends.sqs import SqsBackend

            self._made = SqsBackend(**self._values)
        return self._made.respond(method, url, headers, body)

    def snapshot(self) -> Any:
        """Return the state to restore; None where there is none yet."""
        return self._made.snapshot() if self._made is not None else None

    def restore(self, saved: Any) -> None:
        """Put back what `snapshot` returned."""
        if self._made is not None and saved is not None:
            self._made.restore(saved)
        elif self._made is not None:
            self._made.reset()
