"""A function of the v2 model as Azure's Python worker indexes it: what its parameters are bound to.

The rules are those of azure-functions-runtime 1.3.0 (`functions.py`, `bindings/meta.py`, `bindings/generic.py`;
2026-11), which a parity test holds this to; values are converted by the installed `azure.functions`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import typing
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.errors import InvalidPayloadError, InvalidResponseError, InvocationError
from pytest_serverless.events.azure.decoding import as_datum, library, trigger_metadata
from pytest_serverless.events.source import Event

__all__ = ["Indexed", "Out", "UnsendableError", "as_json", "encode", "index"]

_IN, _OUT = 0, 1
_NEEDED_FOR = "invoking an Azure function"


class UnsendableError(InvalidResponseError):
    """A value does not go with its output; `told` is what the worker says of it, `told_type` what it raises."""

    def __init__(self, message: str, *, told: str, told_type: str) -> None:
        self.told = told
        self.told_type = told_type
        super().__init__(message)


class Out:
    """What the worker passes for an output binding; annotated as `azure.functions.Out`."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        """Set what is sent; the last one counts."""
        self._value = val

    def get(self) -> Any:
        """Return what was set; None, and nothing is sent, where nothing was."""
        return self._value


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """A function with its bindings.

    `inputs` and `outputs` map parameters to binding types, `generic` being that of values passed as they are. `returns`
    is the type of what it returns, None where it returns nothing. `queue` is the queue that triggers it.
    """

    function: Callable[..., Any]
    name: str
    trigger: str
    trigger_type: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    returns: str | None
    wants_context: bool
    queue: str | None = None

    def arguments(self, event: Event, others: Mapping[str, Any]) -> dict[str, Any]:
        """Decode the event, and the values of other input bindings, for the function's parameters."""
        if event.get("trigger") != self.trigger_type:
            raise InvalidPayloadError(
                f"The function {self.name!r} has a {self.trigger_type}; the event is one of {event.get('trigger')!r}."
            )
        missing = self.inputs.keys() - {self.trigger} - others.keys()
        if missing:
            raise InvocationError(
                f"The function {self.name!r} has input bindings without a value: {', '.join(sorted(missing))}. "
                "Pass what the host would send as inputs={'name': {'string': '…'}} (or json, bytes)."
            )
        decoded = {name: _decode(self.inputs[name], others[name], {}) for name in self.inputs if name != self.trigger}
        decoded[self.trigger] = _decode(self.inputs[self.trigger], event["data"], trigger_metadata(event))
        return decoded

    def returned(self, result: Any) -> Any:
        """Encode what the function returned; None where it has no return value."""
        if self.returns is None:
            if result is not None:
                raise UnsendableError(
                    f"The function {self.name!r} has no $return binding, but returned {type(result).__name__}. "
                    "Return None, or add an output binding with arg_name='$return'.",
                    told=f"function {self.name!r} without a $return binding returned a non-None value",
                    told_type="RuntimeError",
                )
            return None
        return encode(self.returns, result, self.name)


def index(handler: Any, event: Event) -> Indexed:
    """Return the function with the bindings that its decorators declare.

    A plain function gets the event in its parameter that is not `context`; it returns a response where the event is an
    HTTP request, and nothing otherwise.
    """
    function_app = importlib.import_module(f"{library(_NEEDED_FOR).__name__}.decorators.function_app")
    if isinstance(handler, function_app.FunctionBuilder):
        handler = handler.build()
    if isinstance(handler, function_app.Function):
        return _indexed(handler)
    return _plain(handler, event)


def own_function(handler: Any) -> Any:
    """Return the function below the decorators of a `FunctionApp`, or the handler where there are none."""
    if not type(handler).__module__.startswith("azure."):
        return handler
    built = handler.build() if hasattr(handler, "build") else handler
    return built.get_user_function()


def _plain(function: Callable[..., Any], event: Event) -> Indexed:
    name = getattr(function, "__name__", type(function).__name__)
    parameters = [parameter for parameter in inspect.signature(function).parameters if parameter != "context"]
    if len(parameters) != 1:
        raise InvocationError(
            f"The function {name!r} has no decorators, so one parameter is bound to the trigger; it has "
            f"{', '.join(parameters) or 'none'}. Declare the bindings on it (@app.route, @app.queue_trigger, …)."
        )
    trigger = event.get("trigger", "")
    return Indexed(
        function=function,
        name=name,
        trigger=parameters[0],
        trigger_type=trigger,
        inputs={parameters[0]: trigger},
        outputs={},
        returns="http" if trigger == "httpTrigger" else None,
        wants_context="context" in inspect.signature(function).parameters,
    )


def _indexed(function: Any) -> Indexed:
    user_function = function.get_user_function()
    name = function.get_function_name()
    bound = {binding.name: binding for binding in function.get_bindings() if binding.name != "$return"}
    parameters = set(inspect.signature(user_function).parameters)
    wants_context = "context" in parameters - bound.keys()
    _demand_same(name, parameters - {"context"} if wants_context else parameters, bound.keys())
    annotations = typing.get_type_hints(user_function)
    types = {parameter: _binding_type(name, bound[parameter], annotations.get(parameter)) for parameter in bound}
    trigger = function.get_trigger()
    return Indexed(
        function=user_function,
        name=name,
        trigger=trigger.name,
        trigger_type=trigger.type,
        inputs={parameter: types[parameter] for parameter in bound if bound[parameter].direction == _IN},
        outputs={parameter: types[parameter] for parameter in bound if bound[parameter].direction == _OUT},
        returns=_return_type(function.get_bindings()),
        wants_context=wants_context,
        queue=getattr(trigger, "queue_name", None),
    )


def _demand_same(name: str, parameters: set[str], bound: Any) -> None:
    for surplus, problem in (
        (parameters - bound, "declared in Python but bound to nothing"),
        (bound - parameters, "declared as bindings but are no parameters of it"),
    ):
        if surplus:
            raise InvocationError(
                f"Azure cannot load the function {name!r}: {', '.join(sorted(surplus))} {problem}. "
                "Give each binding's arg_name a parameter, and each parameter a binding."
            )


def _binding_type(function: str, binding: Any, annotation: Any) -> str:
    """Return how a parameter is converted; an annotation that does not go with its binding is an error."""
    is_out = getattr(typing.get_origin(annotation) or annotation, "__name__", "") == "Out"
    if annotation is not None and is_out is not (binding.direction == _OUT):
        way = (
            "output, so it is annotated as func.Out[…]" if binding.direction == _OUT else "input, which is no func.Out"
        )
        raise InvocationError(f"Azure cannot load the function {function!r}: {binding.name} is an {way}.")
    kind = next(iter(typing.get_args(annotation)), None) if is_out else annotation
    if kind in (str, bytes) and not _has_implicit_output(binding.type):
        return "generic"
    if isinstance(kind, type) and not _fits(binding, kind):
        raise InvocationError(
            f"Azure cannot load the function {function!r}: {binding.name} is bound to a {binding.type}, which does not "
            f"go with its annotation {kind.__name__}."
        )
    return str(binding.type)


def _fits(binding: Any, kind: type) -> bool:
    converter = _converter(binding.type)
    if converter is None:
        return issubclass(kind, (str, bytes, bytearray))
    check = (
        converter.check_output_type_annotation if binding.direction == _OUT else converter.check_input_type_annotation
    )
    return bool(check(kind))


def _return_type(bindings: Any) -> str | None:
    explicit = next((binding.type for binding in bindings if binding.name == "$return"), None)
    implicit = [binding.type for binding in bindings if _has_implicit_output(binding.type)]
    return explicit or (implicit[-1] if implicit else None)


def _converter(binding_type: str) -> Any:
    return library(_NEEDED_FOR).get_binding_registry().get(binding_type)


def _has_implicit_output(binding_type: str) -> bool:
    converter = _converter(binding_type)
    if converter is None:
        return binding_type != "durableClient"
    return bool(getattr(converter, "has_implicit_output", bool)())


def _decode(binding_type: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    datum = as_datum(data)
    converter = _converter(binding_type)
    if converter is None:
        return datum.value
    try:
        return converter.decode(datum, trigger_metadata=metadata)
    except NotImplementedError:
        raise InvalidPayloadError(f"A {binding_type} takes no value that is sent as {datum.type!r}.") from None


def encode(binding_type: str, value: Any, function: str) -> Any:
    """Return a value as it is sent; `InvalidResponseError` where its type does not go with the binding."""
    converter = _converter(binding_type)
    try:
        return _generic(value) if converter is None else converter.encode(value, expected_type=None)
    except NotImplementedError:
        hint = " Return func.HttpResponse or str." if binding_type == "http" else ""
        kind = type(value).__name__
        raise UnsendableError(
            f"The function {function!r} gave {kind} to its output of type {binding_type!r}, which cannot send it."
            + hint,
            told=f'unable to encode outgoing TypedData: unsupported type "{binding_type}" for Python type "{kind}"',
            told_type="TypeError",
        ) from None


def _generic(value: Any) -> Any:
    datum = importlib.import_module("azure.functions.meta").Datum
    for kind, name in _GENERIC:
        if isinstance(value, kind):
            return datum(json.dumps(value), "json") if name == "json" else datum(value, name)
    raise NotImplementedError


_GENERIC: tuple[tuple[Any, str | None], ...] = (
    (str, "string"),
    ((bytes, bytearray), "bytes"),
    (type(None), None),
    ((dict, list), "json"),
    (int, "int"),
    (float, "double"),
)


def as_json(datum: Any) -> Any:
    """Return a value as the JSON of the wire."""
    if datum is None or datum.type is None:
        return None
    if datum.type == "bytes":
        return {"bytes": b64encode(datum.value).decode()}
    if datum.type != "http":
        return {datum.type: datum.value}
    http = datum.value
    return {
        "http": {
            "statusCode": http["status_code"].value,
            "headers": {name: value.value for name, value in http["headers"].items()},
            "body": as_json(http["body"]),
            "cookies": [morsel.OutputString() for cookie in http.get("cookies") or () for morsel in cookie.values()],
        }
    }
