"""Every exception the toolkit raises.

::

    ServerlessError
    ├── UnknownNameError            a name that is not registered; carries the near misses
    ├── InvalidParameterError       a builder or `invoke` was given a value it cannot take
    ├── InconsistentEventError      an override contradicts what the provider guarantees
    ├── UnrecognisedEventError      no registered event type claims this event
    ├── MissingExtraError           an optional dependency is not installed (also an ImportError)
    ├── BackendError                a mocked backend cannot do what it was asked
    │   ├── ProvisioningError       resources that the mocked backends would not make; carries every fault
    │   └── NetworkBlockedError     something left the mocked backends for a host that is not allowed
    ├── InvalidPatternError         a pattern or filter policy that the service would refuse
    ├── InvalidScheduleError        a schedule expression that the service would refuse
    ├── InvalidMappingError         an event source mapping that the service would refuse
    ├── TemplateError               a template that cannot be deployed; carries every fault with its line
    ├── PlatformError               the local platform cannot start, or cannot go on
    │   └── AddressInUseError       somebody else listens at the address
    ├── CredentialsError            no credentials that hold: not there, refused or expired; secrets are never quoted
    ├── MeasurementError            a load test that cannot be believed: invalid, cut off, or not ended
    │   └── MissingEvidenceError    nothing was seen that would tell what is asked of a load test
    ├── ThrottledError              the platform has no room for an invocation; carries the provider's reason
    ├── UnexpectedFailureError      an invocation failed that the test did not expect (also an AssertionError)
    └── InvocationError             the function was not run, or the platform ended it
        ├── HandlerNotFoundError    no such module, or no such attribute in it
        ├── HandlerImportError      the module exists, but importing it failed
        ├── InvalidPayloadError     the event is not JSON
        ├── PayloadTooLargeError    the event is over the platform's limit
        ├── InvalidResponseError    the result cannot be sent back: not JSON, or too large
        ├── FunctionTimeoutError    the function ran into its timeout
        └── FunctionExitError       the function ended its process

Each message says what happened, what was there and what to do; the facts are attributes too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "AddressInUseError",
    "BackendError",
    "CredentialsError",
    "FunctionExitError",
    "FunctionTimeoutError",
    "HandlerImportError",
    "HandlerNotFoundError",
    "InconsistentEventError",
    "InvalidMappingError",
    "InvalidParameterError",
    "InvalidPatternError",
    "InvalidPayloadError",
    "InvalidResponseError",
    "InvalidScheduleError",
    "InvocationError",
    "MeasurementError",
    "MissingEvidenceError",
    "MissingExtraError",
    "NetworkBlockedError",
    "PayloadTooLargeError",
    "PlatformError",
    "ProvisioningError",
    "ServerlessError",
    "TemplateError",
    "ThrottledError",
    "UnexpectedFailureError",
    "UnknownNameError",
    "UnrecognisedEventError",
]


class ServerlessError(Exception):
    """The base of every error of the toolkit."""


class UnknownNameError(ServerlessError, LookupError):
    """A name was looked up that nobody registered.

    `kind` says what was looked for, `name` what was asked, `near` the closest names there are.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        self.kind = kind
        self.name = name
        self.near: Sequence[str] = near_misses(name, names)
        hint = f" Did you mean {or_list(self.near)}?" if self.near else f" There are: {', '.join(names) or 'none'}."
        super().__init__(f"There is no {kind} named {name!r}.{hint}")


class InvalidParameterError(ServerlessError, ValueError):
    """A value that the parameter cannot take."""


class InconsistentEventError(ServerlessError, ValueError):
    """An override would make an event that the provider never sends; `path` says where."""

    def __init__(self, message: str, *, path: str) -> None:
        self.path = path
        super().__init__(message)


class UnrecognisedEventError(ServerlessError, ValueError):
    """No registered event type claims the event."""


class MissingExtraError(ServerlessError, ImportError):
    """Something needs an optional dependency that is not installed.

    `extra` is the extra that brings it, `needed_for` what asked for it.
    """

    def __init__(self, *, module: str, extra: str, needed_for: str) -> None:
        self.extra = extra
        self.needed_for = needed_for
        super().__init__(
            f"{needed_for} needs {module!r}, which is not installed. "
            f"Install it with: pip install 'pytest-serverless-toolkit[{extra}]'"
        )


class InvalidPatternError(ServerlessError, ValueError):
    """An event pattern or a filter policy that the service would refuse, in its own words."""


class InvalidScheduleError(ServerlessError, ValueError):
    """A schedule expression that the service would refuse, in its own words."""


class InvalidMappingError(ServerlessError, ValueError):
    """An event source mapping that the service would refuse, in its own words."""


class TemplateError(ServerlessError, ValueError):
    """What is wrong with a template, all of it: `faults` have `what`, `do`, `id` and `origin` (a file and a line)."""

    def __init__(self, template: Path, faults: Sequence[Any]) -> None:
        self.template = template
        self.faults = tuple(faults)
        count = "a fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__("\n".join([f"{template} has {count}:", *(f"  {fault}" for fault in self.faults)]))


class BackendError(ServerlessError):
    """A mocked backend cannot do what it was asked."""


class NetworkBlockedError(BackendError):
    """A test that uses mocked backends was about to leave the process for `host`, which is not allowed.

    It is no OSError: clients retry those, and wrap them in an error of theirs that says less.
    """

    def __init__(self, *, host: str, test: str, port: int | str | None = None) -> None:
        self.host = host
        self.test = test
        where = f"{host}:{port}" if port else host
        super().__init__(
            f"{test or 'A test with mocked backends'} was about to connect to {where!r}, which is outside the mocked "
            f"backends. Mock it (`web_backend` answers HTTP), or allow it: serverless_network = {host}"
        )


class ProvisioningError(BackendError):
    """Resources that the mocked backends would not make; `faults` have `id`, `type`, `property`, `said`, `origin`."""

    def __init__(self, app: str, faults: Sequence[Any]) -> None:
        self.faults = tuple(faults)
        count = "A resource" if len(self.faults) == 1 else f"{len(self.faults)} resources"
        message = [f"{count} of {app!r} could not be made in the mocked backends:"]
        message += [f"  {fault}" for fault in self.faults]
        message += [
            "Correct what the template says there. If AWS takes it as it is, the mock is wrong: please report it."
        ]
        super().__init__("\n".join(message))


class PlatformError(ServerlessError):
    """The local platform cannot start, or cannot go on."""


class AddressInUseError(PlatformError):
    """Nothing can listen at an address: somebody else does, or it is not this machine's."""

    def __init__(self, host: str, port: int, why: str, *, is_taken: bool = True) -> None:
        self.host = host
        self.port = port
        if is_taken:
            hint = "Name another port, or 0 for any that is free, or end what listens."
        else:
            hint = "Name an address of this machine's, and a port that you may listen at: 1024 or more, or 0 for any."
        super().__init__(f"Cannot listen at {host}:{port}: {why}. {hint}")


class ThrottledError(ServerlessError):
    """The platform has no room for an invocation.

    `reason` is the provider's word, for Lambda one of its `Reason`s (`ConcurrentInvocationLimitExceeded`, …).
    """

    def __init__(self, reason: str, function: str) -> None:
        self.reason = reason
        self.function = function
        super().__init__(f"{function} is throttled: {reason}.")


class CredentialsError(ServerlessError):
    """Nothing shows who calls: credentials are not there, were refused, or have expired.

    `is_final` is False where asking again may help: a service that is busy, or does not answer. `after_s` is then how
    long it asks to be left alone. No secret is in the message.
    """

    def __init__(self, message: str, *, is_final: bool = True, after_s: float = 0.0) -> None:
        self.is_final = is_final
        self.after_s = after_s
        super().__init__(message)


class MeasurementError(ServerlessError):
    """A load test has measured nothing that can be believed.

    `result` is what it has come to, where there is one; `said` is the end of what its process has printed.
    """

    def __init__(self, message: str, *, result: Any = None, said: str = "") -> None:
        self.result = result
        self.said = said
        super().__init__(f"{message}\n{said}" if said else message)


class MissingEvidenceError(MeasurementError):
    """Nothing was seen that would tell what is asked: that is not a rate of zero.

    `metric` is its name, `how` says how to get evidence.
    """

    def __init__(self, metric: str, how: str) -> None:
        self.metric = metric
        self.how = how
        super().__init__(f"{metric} is not known: {how}.")


class UnexpectedFailureError(ServerlessError, AssertionError):
    """Invocations failed that the test did not expect, or fewer than it expected did."""


class InvocationError(ServerlessError):
    """The function was not run, or the platform ended it."""


class HandlerNotFoundError(InvocationError):
    """The handler's module, or the handler in it, does not exist."""


class HandlerImportError(InvocationError):
    """The handler's module exists, but importing it raised; the cause is chained."""


class InvalidPayloadError(InvocationError, ValueError):
    """The event cannot be sent: it is not JSON."""


class PayloadTooLargeError(InvocationError, ValueError):
    """The event has `size` bytes; the platform takes `limit`."""

    def __init__(self, *, size: int, limit: int, what: str) -> None:
        self.size = size
        self.limit = limit
        super().__init__(
            f"{what} has {size:,} bytes; the platform accepts at most {limit:,} and would refuse it with 413 "
            "before the function runs. Send a reference (an object key, say) instead of the data."
        )


class InvalidResponseError(InvocationError, ValueError):
    """The function returned something that the platform cannot send back; `said` is what the platform says of it."""

    def __init__(self, said: str, hint: str = "") -> None:
        self.said = said
        super().__init__(f"{said}. {hint}" if hint else said)


class FunctionTimeoutError(InvocationError):
    """The function ran into its timeout of `timeout_s` seconds."""

    def __init__(self, message: str, *, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        super().__init__(message)


class FunctionExitError(InvocationError):
    """The function ended its process, as `sys.exit` does; `code` is its exit status."""

    def __init__(self, message: str, *, code: Any) -> None:
        self.code = code
        super().__init__(message)


def near_misses(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names closest to `name`, best first; also those that begin with it, or end in it."""
    names = list(known)
    heads = [known_name for known_name in names if known_name.startswith(f"{name}.")]
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    tails = [known_name for known_name in names if known_name.rpartition(".")[2] == name.rpartition(".")[2]]
    return list(dict.fromkeys([*heads, *close, *tails]))[:4]


def or_list(names: Sequence[str]) -> str:
    """Join quoted names for a question: `'a', 'b' or 'c'`."""
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def shorten(value: Any, width: int = 80) -> str:
    """Return the repr of a value, cut to `width` characters."""
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
