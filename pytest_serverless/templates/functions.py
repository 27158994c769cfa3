"""The intrinsic functions, by name: each is given the resolver and its argument, unresolved.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html (2026-11), with
those that the transform AWS::LanguageExtensions adds.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_serverless.errors import shorten
from pytest_serverless.templates.conditions import as_text
from pytest_serverless.templates.intrinsics import NO_VALUE, UNKNOWN, Resolver, Unknown, hint, is_unknown

__all__ = ["FUNCTIONS"]

VARIABLE = re.compile(r"\$\{([^}]*)\}")
NAME = re.compile(r"[A-Za-z0-9_.:]+")


def _scalar(resolver: Resolver, value: Any, what: str) -> Any:
    """Return a value as text; it is a fault if it is none."""
    if isinstance(value, (dict, list)) or value is None or value is NO_VALUE:
        return UNKNOWN if is_unknown(value) else resolver.fault(f"{what} takes text, and got {shorten(value)}.", "")
    return value if isinstance(value, Unknown) else as_text(value)


def _listed(resolver: Resolver, value: Any, form: str, count: tuple[int, ...] = ()) -> list[Any] | None:
    """Return an argument that has to be a list, of one of these lengths."""
    if isinstance(value, list) and (not count or len(value) in count):
        return value
    if not is_unknown(value):
        resolver.fault(f"Its argument is {shorten(value)}.", f"Write {form}.")
    return None


def _ref(resolver: Resolver, argument: Any) -> Any:
    if isinstance(argument, str):
        return resolver.ref(argument)
    return resolver.fault(f"Ref takes a name, and got {shorten(argument)}.", "Write the name itself.")


def _get_att(resolver: Resolver, argument: Any) -> Any:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not (isinstance(parts, list) and len(parts) >= 2 and isinstance(parts[0], str)):
        return resolver.fault(f"Fn::GetAtt got {shorten(argument)}.", "Write [LogicalId, Attribute].")
    rest = [resolver.resolve(part) for part in parts[1:]]
    return UNKNOWN if is_unknown(rest) else resolver.attribute(parts[0], ".".join(map(str, rest)))


def _sub(resolver: Resolver, argument: Any) -> Any:
    text, given = argument, {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        text, given = argument[0], {key: resolver.resolve(value) for key, value in argument[1].items()}
    elif isinstance(argument, list) and len(argument) == 1:
        text = argument[0]
    if not isinstance(text, str):
        return resolver.fault(f"Fn::Sub got {shorten(argument)}.", "Write text, or [text, {Name: value}].")
    unknown = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unknown
        value = _variable(resolver, match[1], given)
        unknown = unknown or isinstance(value, Unknown)
        return str(value)

    result = VARIABLE.sub(replace, text)
    return UNKNOWN if unknown else resolver.resolve(result)


def _variable(resolver: Resolver, name: str, given: dict[str, Any]) -> Any:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if not NAME.fullmatch(name):
        do = "Write ${!" + name + "} if it is not a variable; names have letters, digits, dots and colons."
        return resolver.fault(f"Fn::Sub finds ${{{name}}}, which is no name.", do)
    if name in given:
        value = given[name]
    elif "." in name and name not in resolver.aliases:
        value = resolver.attribute(*name.split(".", 1))
    else:
        value = resolver.ref(name)
    return _scalar(resolver, value, f"${{{name}}} in Fn::Sub")


def _join(resolver: Resolver, argument: Any) -> Any:
    form = "[delimiter, [values]]"
    parts = _listed(resolver, argument, form, (2,))
    items = parts and _listed(resolver, resolver.resolve(parts[1]), form)
    if parts is None or items is None:
        return UNKNOWN
    texts = [_scalar(resolver, item, "Fn::Join") for item in items]
    return UNKNOWN if is_unknown(texts) else str(resolver.resolve(parts[0])).join(texts)


def _select(resolver: Resolver, argument: Any) -> Any:
    form = "[index, [values]]"
    parts = _listed(resolver, argument, form, (2,))
    if parts is None:
        return UNKNOWN
    index, items = resolver.resolve(parts[0]), resolver.resolve(parts[1])
    if is_unknown(index) or isinstance(items, Unknown):
        return UNKNOWN
    if not isinstance(items, list) or not re.fullmatch(r"\d+", str(index)):
        return resolver.fault(f"Fn::Select got {shorten([index, items])}.", f"Write {form}.")
    if int(index) >= len(items):
        return resolver.fault(f"Fn::Select takes item {index} of {shorten(items)}.", "The first is 0.")
    return items[int(index)]


def _split(resolver: Resolver, argument: Any) -> Any:
    parts = _listed(resolver, argument, "[delimiter, text]", (2,))
    if parts is None:
        return UNKNOWN
    delimiter, text = (_scalar(resolver, resolver.resolve(part), "Fn::Split") for part in parts)
    if is_unknown([delimiter, text]):
        return UNKNOWN
    return text.split(delimiter) if delimiter else resolver.fault("Fn::Split has an empty delimiter.", "Write one.")


def _if(resolver: Resolver, argument: Any) -> Any:
    parts = _listed(resolver, argument, "[ConditionName, value if true, value if false]", (3,))
    return UNKNOWN if parts is None else resolver.resolve(parts[1 if resolver.conditions.holds(parts[0]) else 2])


def _condition(name: str) -> Callable[[Resolver, Any], Any]:
    return lambda resolver, argument: resolver.conditions.evaluate({name: argument})


def _find_in_map(resolver: Resolver, argument: Any) -> Any:
    form = "[MapName, top-level key, second-level key]"
    parts = _listed(resolver, argument, form, (3, 4))
    if parts is None:
        return UNKNOWN
    keys = [resolver.resolve(part) for part in parts[:3]]
    if is_unknown(keys):
        return UNKNOWN
    found: Any = resolver.mappings
    for key in map(as_text, keys):
        if not isinstance(found, dict) or key not in found:
            return _default_in_map(resolver, parts, key, found)
        found = found[key]
    return resolver.resolve(found)


def _default_in_map(resolver: Resolver, parts: list[Any], key: str, found: Any) -> Any:
    if len(parts) == 4 and isinstance(parts[3], dict) and "DefaultValue" in parts[3]:
        return resolver.resolve(parts[3]["DefaultValue"])
    keys = list(found) if isinstance(found, dict) else []
    do = hint(key, keys, f"There are: {', '.join(keys) or 'none'}.")
    return resolver.fault(f"Fn::FindInMap looks for {key!r}, which is not in the mapping.", do)


def _base64(resolver: Resolver, argument: Any) -> Any:
    text = _scalar(resolver, resolver.resolve(argument), "Fn::Base64")
    return text if isinstance(text, Unknown) else base64.b64encode(text.encode()).decode()


def _import_value(resolver: Resolver, argument: Any) -> Any:
    name = _scalar(resolver, resolver.resolve(argument), "Fn::ImportValue")
    return name if isinstance(name, Unknown) else resolver.imported(name, f"The export {name!r}")


def _cidr(resolver: Resolver, argument: Any) -> Any:
    parts = _listed(resolver, argument, "[ipBlock, count, cidrBits]", (2, 3))
    values = parts and [resolver.resolve(part) for part in parts]
    if not values or is_unknown(values):
        return UNKNOWN
    try:
        network = ipaddress.ip_network(values[0])
        bits = int(values[2]) if len(values) == 3 else 8
        subnets = network.subnets(new_prefix=network.max_prefixlen - bits)
        return [str(next(subnets)) for _ in range(int(values[1]))]
    except (ValueError, TypeError) as error:
        return resolver.fault(f"Fn::Cidr got {shorten(values)}: {error}.", "Write [ipBlock, count, cidrBits].")
    except (StopIteration, RuntimeError):
        return resolver.fault(f"{values[0]} does not have {values[1]} such networks.", "Take fewer, or smaller ones.")


def _get_azs(resolver: Resolver, argument: Any) -> Any:
    region = resolver.resolve(argument) or resolver.stack.region
    return region if isinstance(region, Unknown) else [f"{region}{letter}" for letter in "abc"]


def _length(resolver: Resolver, argument: Any) -> Any:
    items = _listed(resolver, resolver.resolve(argument), "a list")
    return UNKNOWN if items is None else len(items)


def _to_json_string(resolver: Resolver, argument: Any) -> Any:
    value = resolver.resolve(argument)
    return UNKNOWN if is_unknown(value) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _transform(resolver: Resolver, value: dict[str, Any]) -> Any:
    """Insert what `AWS::Include` names, if it is a file beside the template; any other macro is only noted."""
    macro = value["Fn::Transform"]
    rest = resolver.resolve({key: each for key, each in value.items() if key != "Fn::Transform"})
    name = macro.get("Name") if isinstance(macro, dict) else macro
    if name != "AWS::Include" or resolver.at is None:
        resolver.note(f"The macro {name!r} runs only where the template is deployed; what it would change is missing.")
        return rest
    location = resolver.resolve(macro.get("Parameters", {})).get("Location")
    if isinstance(location, str) and location.startswith("s3://"):
        resolver.note(f"{location} is not read; what it would insert is missing.")
        return rest
    return _include(resolver, resolver.at.file.parent / str(location), rest)


def _include(resolver: Resolver, path: Path, rest: dict[str, Any]) -> Any:
    from pytest_serverless.errors import TemplateError
    from pytest_serverless.templates.reader import read

    if not path.is_file():
        return resolver.fault(f"AWS::Include names {path}, and there is no such file.", "Check the Location.")
    try:
        included = resolver.resolve(read(path))
    except TemplateError as error:
        for fault in error.faults:
            resolver.fault(fault.what, fault.do, at=fault.origin)
        return UNKNOWN
    return {**included, **rest} if isinstance(included, dict) else included


FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Ref": _ref,
    "Fn::And": _condition("Fn::And"),
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Equals": _condition("Fn::Equals"),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Not": _condition("Fn::Not"),
    "Fn::Or": _condition("Fn::Or"),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _transform,
}
