"""moto's own deliveries, off while our mock is in use: delivering is ours, and happens in virtual time.

moto would call functions in Docker containers, send to its own queues and post to the network, at once and in the
caller's thread. `Patching` replaces the places where it does, in the modules that are loaded, and puts the originals
back.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from pytest_serverless.backends.moto.feed import Patch
from pytest_serverless.errors import BackendError

__all__ = ["SILENCED", "Patching"]


def _nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    def deliver_nothing(*_: Any, **__: Any) -> None:
        """Deliver nothing: whoever listens to the changes does."""

    return deliver_nothing


def _no_container(original: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_lambda(self: Any, event: Any = None) -> Any:
        raise BackendError(
            f"Function {self.function_name!r} exists in the mocked Lambda, but none of the application's functions "
            "stands behind it, and moto would run it in a container. Declare it in the template."
        )

    return invoke_lambda


SILENCED: Sequence[Patch] = (
    ("moto.awslambda.models", "LambdaFunction._invoke_lambda", _no_container),
    *(
        ("moto.awslambda.models", f"LambdaBackend.{name}", _nothing)
        for name in (
            "send_sqs_batch",
            "send_kinesis_message",
            "send_sns_message",
            "send_dynamodb_items",
            "send_log_event",
        )
    ),
    ("moto.sns.models", "Subscription.publish", _nothing),
    ("moto.events.models", "Rule.send_to_targets", _nothing),
    ("moto.events.notifications", "_send_safe_notification", _nothing),
    ("moto.logs.models", "LogStream._send_log_events", _nothing),
)


class Patching:
    """Replacements that are applied together and taken back together."""

    def __init__(self, patches: Sequence[Patch]) -> None:
        self._patches = patches
        self._applied: dict[tuple[str, str], tuple[Any, str, Any]] = {}
        self._missing: set[str] = set()

    def load(self, module: str) -> None:
        """Import a module that moto would import next, if something in it is to be replaced."""
        if any(module == place for place, _, _ in self._patches):
            importlib.import_module(module)

    def apply(self) -> None:
        """Replace what is loaded and not replaced yet."""
        for module, path, replace in self._patches:
            if module in sys.modules and (module, path) not in self._applied:
                self._apply(module, path, replace)

    def _apply(self, module: str, path: str, replace: Callable[..., Any]) -> None:
        owner: Any = sys.modules[module]
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part, None)
        if not hasattr(owner, name):
            self._warn_once(f"{module}.{path}")
            return
        original = getattr(owner, name)
        self._applied[module, path] = (owner, name, original)
        setattr(owner, name, replace(original))

    def _warn_once(self, place: str) -> None:
        if place not in self._missing:
            self._missing.add(place)
            warnings.warn(
                f"This version of moto has no {place}. What passed through it may be delivered twice or not at all: "
                "use a version of moto that this one of pytest-serverless-toolkit was tested with.",
                stacklevel=2,
            )

    def undo(self) -> None:
        """Put every original back."""
        for owner, name, original in self._applied.values():
            setattr(owner, name, original)
        self._applied.clear()
