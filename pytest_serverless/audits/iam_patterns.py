"""The patterns of IAM policies, and what is known of a request that they are held against.

Everything is judged with three values: True, False and None, which stands for "not evaluated": it depends on something
that nobody here knows, a tag or the caller's address, say. What is not evaluated is never taken for allowed.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and
reference_policies_variables.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "Context",
    "Patterns",
    "Request",
    "Truth",
    "all_of",
    "any_of",
    "as_list",
    "compile_arn",
    "compile_text",
    "expand",
]

Truth = bool | None

Context = Mapping[str, tuple[str, ...]]
"""What is known of a request, by condition key in lower case. An empty tuple: the request has no such key, for certain;
a key that is not here is unknown."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_TOKEN = re.compile(r"\$\{([*?$])\}|(\*)|(\?)|([^*?$]+|\$)")
_DEFAULT = re.compile(r"([^,]+?)\s*,\s*'(.*)'\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Request:
    """One permission that is asked for: an action, on a resource, in a context.

    `resource` is None where nobody knows what the call is about.
    """

    action: str
    resource: str | None
    context: Context

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a condition key, none where the request has no such key, None where nobody knows.

        A request has the global keys (`aws:…`, and the function that Lambda names), those of its own service, and no
        others.
        """
        name = key.lower()
        service = name.partition(":")[0]
        if service in ("aws", self.action.partition(":")[0].lower()) or name == "lambda:sourcefunctionarn":
            return self.context.get(name)
        return ()


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return False if one is false, else None if one is not evaluated, else True."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return True if one is true, else None if one is not evaluated, else False."""
    result: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            result = None
    return result


def as_list(value: object) -> tuple[object, ...]:
    """Return what a policy gives as one value or as a list of them."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _glob(text: str, anything: str, one: str) -> str:
    escapes = _TOKEN.finditer(text)
    return "".join(
        re.escape(match[1] or match[4]) if match[1] or match[4] else anything if match[2] else one for match in escapes
    )


@lru_cache(maxsize=4096)
def compile_text(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which `*` is any text and `?` one character; `${*}`, `${?}`, `${$}` are themselves."""
    return re.compile(_glob(pattern, ".*", "."), re.DOTALL)


@lru_cache(maxsize=4096)
def compile_arn(pattern: str) -> re.Pattern[str]:
    """Compile the pattern of an ARN, of which each of the six parts is matched for itself.

    Parts that are missing at the end may be anything; the last part may have colons in it.
    """
    if not pattern.startswith("arn:"):
        return compile_text(pattern)
    parts = pattern.split(":", 5)
    head = [_glob(part, "[^:]*", "[^:]") for part in parts[:5]]
    head += ["[^:]*"] * (5 - len(head))
    tail = _glob(parts[5], ".*", ".") if len(parts) > 5 and parts[5] else ".*"
    return re.compile(":".join([*head, tail]), re.DOTALL)


def expand(text: str, request: Request) -> str | bool | None:
    """Put the request's values in the place of policy variables; wildcards in the values stand for themselves.

    Returns None where a variable's value is not known, and False where the request has no such key: what holds such a
    variable matches nothing.
    """
    pieces: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        value = _variable(match[1], request)
        if not isinstance(value, str):
            return value
        pieces.append(value)
    return "".join([*pieces, text[end:]])


def _variable(name: str, request: Request) -> str | bool | None:
    if name in ("*", "?", "$"):
        return f"${{{name}}}"
    default = _DEFAULT.match(name)
    values = request.values(default[1].strip() if default else name)
    if values is None:
        return None
    if not values:
        return _literally(default[2]) if default else False
    return _literally(values[0]) if len(values) == 1 else False


def _literally(value: str) -> str:
    return re.sub(r"[*?$]", r"${\g<0>}", value)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of which one has to match: of actions, or of resources.

    `plain` are those without wildcards, `wild` the others in one expression, `variable` those with policy variables.
    `unreadable` tells that one is no text, an intrinsic that nobody resolved, say.
    """

    texts: tuple[str, ...]
    plain: frozenset[str]
    wild: re.Pattern[str] | None
    variable: tuple[str, ...] = ()
    unreadable: bool = False

    @classmethod
    def of_actions(cls, given: object) -> Patterns:
        """Read patterns of actions, in which upper and lower case are the same."""
        texts = tuple(str(text) for text in as_list(given))
        folded = [text.lower() for text in texts]
        wild = [compile_text(text).pattern for text in folded if _is_wild(text)]
        plain = frozenset(text for text in folded if not _is_wild(text))
        return cls(texts, plain, _either(wild))

    @classmethod
    def of_resources(cls, given: object) -> Patterns:
        """Read patterns of resources."""
        every = as_list(given)
        texts = tuple(text for text in every if isinstance(text, str))
        fixed = [text for text in texts if "${" not in text]
        wild = [compile_arn(text).pattern for text in fixed if _is_wild(text) or text.count(":") < 5]
        plain = frozenset(text for text in fixed if not _is_wild(text))
        variable = tuple(text for text in texts if "${" in text)
        return cls(texts, plain, _either(wild), variable, len(texts) < len(every))

    def has_action(self, action: str) -> bool:
        """Tell whether one matches an action, which is given in lower case."""
        return action in self.plain or (self.wild is not None and self.wild.fullmatch(action) is not None)

    def has_resource(self, request: Request) -> Truth:
        """Tell whether one matches the resource that is asked for."""
        resource = request.resource
        if resource is None:
            return True if "*" in self.texts else None
        if resource in self.plain or (self.wild is not None and self.wild.fullmatch(resource) is not None):
            return True
        found = any_of(_matches(text, resource, request) for text in self.variable) if self.variable else False
        return None if found is False and self.unreadable else found


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text


def _either(expressions: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(expressions), re.DOTALL) if expressions else None


def _matches(text: str, resource: str, request: Request) -> Truth:
    expanded = expand(text, request)
    return compile_arn(expanded).fullmatch(resource) is not None if isinstance(expanded, str) else expanded
