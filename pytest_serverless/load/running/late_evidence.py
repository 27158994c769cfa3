"""What the platform itself knows of a run: read when the run has ended, for it is known minutes later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from pytest_serverless.errors import InvalidParameterError, ServerlessError
from pytest_serverless.load.observing import ObservedStack, Window, evidence_for
from pytest_serverless.load.observing.clients import connect
from pytest_serverless.load.running.edges import Edges
from pytest_serverless.load.targets.reached import Reached

__all__ = ["LateEvidence", "Read", "reader_of"]

_OPTION: Final = "--serverless-cloudwatch"


class Read(Protocol):
    """Reads what the platform knows of a stretch of time, seconds since the epoch, and waits until it knows it."""

    def __call__(
        self,
        from_s: float,
        to_s: float,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        tell: Callable[[str], None],
    ) -> ObservedStack: ...


class LateEvidence:
    """What is read when a run has ended; whatever comes of it, the run has a result.

    `observed` is what was read, None until then; `note` says why that is all, "" if there is nothing to say.
    """

    def __init__(self, read: Read | None) -> None:
        self._read = read
        self.observed: ObservedStack | None = None
        self.note = ""

    @property
    def is_wanted(self) -> bool:
        """Whether anything is to be read."""
        return self._read is not None

    def wait(self, window: Window | None, edges: Edges, tell: Callable[[str], None]) -> None:
        """Read it, once; it may take minutes, and may be ended where it waits."""
        if self._read is None or window is None:
            return
        self.note = f"{_OPTION}: it was not waited for until CloudWatch knew of this run."
        tell("reading CloudWatch; the result is written without it if this is interrupted")
        try:
            self.observed = self._read(*window, now=edges.clock, sleep=edges.sleep, tell=tell)
        except ServerlessError as error:
            self.note = f"{_OPTION}: {error}"
        except Exception as error:  # noqa: BLE001  # whatever it is, what the run itself has measured must be told
            self.note = f"{_OPTION}: reading CloudWatch ended by {type(error).__name__}: {error}"
        else:
            self.note = ""


def reader_of(reached: Reached, functions: Sequence[str], *, profile: str | None = None) -> Read:
    """Return what reads CloudWatch after a run; `functions` are those that scenarios invoke, by their ids or names.

    All functions of a stack are read, whoever has invoked them. Raises InvalidParameterError for a target of which
    CloudWatch knows nothing, MissingExtraError and CredentialsError where it cannot be asked: nothing was sent yet.
    """
    names = [] if reached.functions else list(dict.fromkeys(functions))
    if reached.kind == "local":
        raise InvalidParameterError(f"{_OPTION}: the local platform has none; its answers tell of their instances.")
    if reached.measured.provider != "aws" or not (names or reached.functions):
        raise InvalidParameterError(
            f"{_OPTION}: it is not known which functions are behind {reached.measured}. Name the stack by "
            "--serverless-stack, which --host may stand beside; or invoke functions, by `function` of each scenario, "
            "at --host https://lambda.REGION.amazonaws.com."
        )
    clients = connect(region=reached.measured.region, profile=profile, aws_url=reached.aws_url)
    return partial(evidence_for, reached, functions=names, clients=clients)
