"""What an event source is: typed builder functions, each declared as an event type.

A builder's signature is the only declaration of its parameters; the catalog and the command line read it::

    class QueueEvents(EventSource):
        name = "acme.queue"

        @event_type("One message", reference="https://acme.example/queue", shape=MESSAGE)
        def message(self, body: str = "hello", **common: Unpack[Common]) -> Event:
            return self.complete(MESSAGE, {"body": body}, common)
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, ParamSpec, TypedDict

from pytest_serverless.errors import InvalidParameterError, near_misses, or_list, shorten
from pytest_serverless.events.builder import complete
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import Shape

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Common", "Event", "EventSource", "Parameter", "Variant", "event_type", "variants"]

P = ParamSpec("P")

Event = dict[str, Any]
"""An event as JSON gives it: dicts with text keys, lists, text, numbers, booleans and None."""


class Common(TypedDict, total=False):
    """The parameters that every builder takes."""

    overrides: Mapping[str, Any]
    """Values by path (`Records[0].attributes.SenderId`), set before anything is derived from them."""
    allow_inconsistent: bool
    """Take overrides that the provider would never send."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a builder, as its signature declares it."""

    name: str
    annotation: Any
    default: Any
    keyword_only: bool

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values it is limited to; empty where it is not."""
        return typing.get_args(self.annotation) if typing.get_origin(self.annotation) is Literal else ()


class Variant:
    """One event type of a source: its shape, what it is for, and where the provider describes it."""

    def __init__(self, function: Callable[..., Event], summary: str, reference: str, shape: Shape) -> None:
        self.name = function.__name__
        self.function = function
        self.summary = summary
        self.reference = reference
        self.shape = shape

    @functools.cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The builder's parameters by name, those that every builder takes included."""
        hints = _hints(self.function)
        own = inspect.signature(self.function).parameters.values()
        found = [
            Parameter(p.name, hints.get(p.name, Any), p.default, p.kind is p.KEYWORD_ONLY)
            for p in own
            if p.kind is not p.VAR_KEYWORD and p.name != "self"
        ]
        for p in own:
            if p.kind is p.VAR_KEYWORD:
                found += _unpacked(hints[p.name])
        return {parameter.name: parameter for parameter in found}

    @functools.cached_property
    def accepted(self) -> dict[str, Callable[[Any], bool]]:
        """For each parameter, whether a value is of its type."""
        return {name: _accepts(parameter.annotation) for name, parameter in self.parameters.items()}

    @functools.cached_property
    def positional(self) -> tuple[str, ...]:
        """The names of the parameters that may be given by position."""
        return tuple(p.name for p in self.parameters.values() if not p.keyword_only)

    def demand(self, source: str, arguments: Mapping[str, Any]) -> None:
        """Raise `InvalidParameterError` for an unknown parameter or a value of the wrong type."""
        for name, value in arguments.items():
            accepts = self.accepted.get(name)
            if accepts is None:
                near = near_misses(name, self.parameters)
                hint = f"Did you mean {or_list(near)}?" if near else f"It takes {', '.join(self.parameters)}."
                raise InvalidParameterError(f"{source}.{self.name} has no parameter {name!r}. {hint}")
            if not accepts(value):
                wanted = describe(self.parameters[name].annotation)
                raise InvalidParameterError(
                    f"{source}.{self.name}: {name} takes {wanted}, got {shorten(value)} ({type(value).__name__})."
                )


class EventSource:
    """One source of events; its builders are the methods declared with `event_type`."""

    name: ClassVar[str]
    """Provider and source, as in `aws.sqs`."""

    def __init__(self, mint: Mint) -> None:
        self.mint = mint

    def complete(self, shape: Shape, given: Mapping[str, Any], common: Common) -> Event:
        """Fill the shape with what the builder was given."""
        return complete(
            shape,
            given,
            self.mint,
            overrides=common.get("overrides"),
            allow_inconsistent=common.get("allow_inconsistent", False),
        )

    def at(self, mint: Mint) -> Self:
        """Return this source with another mint."""
        return type(self)(mint)

    def __repr__(self) -> str:
        return f"<{self.name} events: {', '.join(v.name for v in variants(type(self)))}>"


def event_type(summary: str, *, reference: str, shape: Shape) -> Callable[[Callable[P, Event]], Callable[P, Event]]:
    """Declare a method of an `EventSource` as the builder of one event type.

    `summary` is one line for lists, `reference` the provider's page, `shape` what the event is judged by.
    """

    def declare(function: Callable[P, Event]) -> Callable[P, Event]:
        variant = Variant(function, summary, reference, shape)

        @functools.wraps(function)
        def build(*args: P.args, **kwargs: P.kwargs) -> Event:
            source: Any = args[0]
            variant.demand(source.name, {**dict(zip(variant.positional, args[1:], strict=False)), **kwargs})
            return function(*args, **kwargs)

        build.variant = variant  # type: ignore[attr-defined]  # where `variants` finds it
        return build

    return declare


def variants(source: type[EventSource]) -> list[Variant]:
    """Return the event types that a source declares, in the order of its code."""
    methods = [value for cls in reversed(source.__mro__) for value in vars(cls).values()]
    return [method.variant for method in methods if hasattr(method, "variant")]


class _Unpack:
    """Stands for `typing.Unpack` where the running Python has none; only read, never called."""

    def __getitem__(self, item: Any) -> Any:
        return item


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    names = {**function.__globals__, "Unpack": _Unpack()}
    return typing.get_type_hints(SimpleNamespace(__annotations__=function.__annotations__), globalns=names)


def _unpacked(annotation: Any) -> list[Parameter]:
    """Return what `**options: Unpack[Options]` declares; the annotation is `Options` where it was read from text."""
    typed_dict = annotation if isinstance(annotation, type) else typing.get_args(annotation)[0]
    return [Parameter(name, hint, None, True) for name, hint in typing.get_type_hints(typed_dict).items()]


def _accepts(annotation: Any) -> Callable[[Any], bool]:
    """Return a quick test of a value against an annotation: its outer type, or its literals."""
    if annotation is Any:
        return lambda _: True
    origin = typing.get_origin(annotation)
    if origin is Literal:
        literals = typing.get_args(annotation)
        return lambda value: any(type(value) is type(literal) and value == literal for literal in literals)
    if origin is typing.Union or isinstance(annotation, _UNION):
        tests = [_accepts(option) for option in typing.get_args(annotation)]
        return lambda value: any(test(value) for test in tests)
    kind = origin or annotation
    if kind is int:
        return lambda value: type(value) is int
    if kind is float:
        return lambda value: type(value) in (int, float)
    return lambda value: isinstance(value, kind)


_UNION = type(int | str)


def describe(annotation: Any) -> str:
    """Say an annotation in words: `str or dict`, `'Put', 'Post' or 'Copy'`."""
    origin = typing.get_origin(annotation)
    if origin is Literal:
        return or_list(typing.get_args(annotation))
    if origin is typing.Union or isinstance(annotation, _UNION):
        return " or ".join(describe(option) for option in typing.get_args(annotation))
    return "None" if annotation is type(None) else getattr(origin or annotation, "__name__", str(annotation))
