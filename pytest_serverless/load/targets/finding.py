"""Which target a run is sent to: exactly one way to say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.targets.address import reach_url
from pytest_serverless.load.targets.local_platform import LocalPlatformTarget
from pytest_serverless.load.targets.reached import Reached
from pytest_serverless.load.targets.stack import reach_stack

__all__ = ["FoundTarget", "find"]

_WAYS = (
    "--host URL sends to a deployed address (--host https://staging.example.com), --serverless-stack NAME to a stack "
    "of CloudFormation, SAM or the Serverless Framework, --serverless-local [TEMPLATE] to the local platform."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTarget:
    """A target, and the platform that was started for it, which `stop` ends; for a `with` block, too."""

    reached: Reached
    platform: LocalPlatformTarget | None = None

    def stop(self) -> None:
        """End what was started; may be called again."""
        if self.platform is not None:
            self.platform.stop()

    def __enter__(self) -> Reached:
        return self.reached

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def find(
    *,
    host: str | None = None,
    stack: str | None = None,
    local: str | Path | None = None,
    arguments: Sequence[str] | str = (),
    python: str | Path | None = None,
    region: str | None = None,
    profile: str | None = None,
    session: Any = None,
) -> FoundTarget:
    """Find the target that the options name; start the local platform, if it is that.

    `local` is a template or its folder, "" for the template of this folder; `arguments` and `python` are as for
    `LocalPlatformTarget`. `region`, `profile` and `session` (one of boto3) are for the stack. `host` beside a stack is
    where its HTTP requests are sent: a domain of one's own, as a rule.

    Raises InvalidParameterError where nothing is named, or more than a run can be sent to.
    """
    named = [
        *(["--host"] if host else []),
        *(["--serverless-stack"] if stack else []),
        *(["--serverless-local"] if local is not None else []),
    ]
    if not named:
        raise InvalidParameterError(f"There is nothing to send to. {_WAYS}")
    if local is not None and len(named) > 1:
        raise InvalidParameterError(
            f"A run is sent to one target, and {' and '.join(named)} name {len(named)}. Leave out all but one; --host "
            "may stand beside --serverless-stack, and then says where its HTTP requests are sent."
        )
    _check_arguments(local, arguments, python)
    if local is not None:
        platform = LocalPlatformTarget(local or None, arguments, python=python)
        return FoundTarget(reached=platform.start(), platform=platform)
    at = reach_url(host) if host else None  # before the stack is asked for: a bad address is told at once
    if not stack:
        assert at is not None  # noqa: S101  # one of the three was named
        return FoundTarget(reached=at)
    return FoundTarget(reached=_of_stack(stack, at, region=region, profile=profile, session=session))


def _check_arguments(local: str | Path | None, arguments: Sequence[str] | str, python: str | Path | None) -> None:
    if local is None and python is not None:
        raise InvalidParameterError(
            f"--serverless-python {python} is for the functions of the local platform, and the run is not sent to it. "
            "Name it: --serverless-local."
        )
    if local is None and arguments:
        said = arguments if isinstance(arguments, str) else " ".join(arguments)
        raise InvalidParameterError(
            f"{said}: these are for the local platform, and the run is not sent to it. Name it: --serverless-local."
        )


def _of_stack(name: str, at: Reached | None, **given: Any) -> Reached:
    reached = reach_stack(name, **given)
    return reached if at is None else _sent_to(reached, at)


def _sent_to(stack: Reached, at: Reached) -> Reached:
    """Return a stack whose HTTP requests go to an address, which is that of one of its APIs, or in front of it."""
    url = at.url()
    path = next((stack.paths[id_] for id_ in stack.urls if f"{url}/".startswith(f"{stack.url(id_)}/")), None)
    if path is None:
        # A domain of one's own, in front of the only API: it answers as that does.
        fronts = set(stack.paths.values())
        path = next(iter(fronts)) if len(fronts) == 1 and at.path() == "http" else at.path()
    return replace(
        stack,
        urls={**stack.urls, "": url},
        paths={**stack.paths, "": path},
        measured=replace(stack.measured, url=url),
        notes=(*stack.notes, *(at.notes if path == "http" else ())),
    )
