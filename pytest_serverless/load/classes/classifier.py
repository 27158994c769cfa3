"""From an answer to what it means, by the table of its path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from pytest_serverless.errors import UnknownNameError
from pytest_serverless.load.classes.rules import Rule
from pytest_serverless.load.classes.tables import COMMON, TABLES
from pytest_serverless.load.classes.verdicts import Verdict
from pytest_serverless.load.evidence.probe_header import HEADER

__all__ = ["Classifier", "Headers"]

_READ_BYTES = 65_536
"""How much of a body the conditions see."""

_OK = Verdict("ok")
_NAMED = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "too_large"}


class Headers(Protocol):
    """The headers of an answer: a dict with names in lower case, or anything that finds them in any case."""

    def get(self, name: str, /) -> str | None:
        """Return a header's value, None where there is none."""


class Classifier:
    """Tells what the answers of one path mean.

    `rules` are looked at before the path's own; those that name another path are left out. Raises `UnknownNameError`
    for a path that there is no table of.
    """

    __slots__ = ("_certain", "_gates", "_rows", "path")

    def __init__(self, path: str, rules: Iterable[Rule] = ()) -> None:
        if path not in TABLES:
            raise UnknownNameError("path", path, TABLES)
        self.path = path
        own = [rule for rule in rules if rule.path in {"", path}]
        about: dict[int, list[Rule]] = {}
        for rule in (*own, *COMMON, *TABLES[path].rules):
            for status in rule.status:
                about.setdefault(status, []).append(rule)
        self._rows = {status: [(_compiled(rule), rule.verdict) for rule in rules] for status, rules in about.items()}
        self._gates = {status: gate for status, rules in about.items() if (gate := _gate(rules))}
        self._certain = {status: _usual(status) for status in range(100, 600) if status not in about}

    def __call__(self, status: int, headers: Headers, body: bytes = b"") -> Verdict:
        """Return what an answer means. A redirect is an answer as meant: `transport.redirected` knows more."""
        certain = self._certain.get(status)
        if certain is not None:
            return certain
        gate = self._gates.get(status)
        if gate is not None and headers.get(gate) is None:
            return _usual(status)
        answer = _Answer(headers, body)
        for holds, verdict in self._rows.get(status, ()):
            if holds(answer):
                return verdict
        return _usual(status)


def _gate(rules: list[Rule]) -> str | None:
    """Return a header without which none of the rules holds: an ordinary answer is told by it alone."""
    wanted = [{name for name, values in rule.headers.items() if values is not False} for rule in rules]
    return min(set.intersection(*wanted), default=None)


def _usual(status: int) -> Verdict:
    """Return what a status means where no row says more."""
    if status < 400:
        return _OK
    if status == 429:
        return Verdict("throttled", "unnamed")
    if status < 500:
        return Verdict("refused", _NAMED.get(status, f"http_{status}"))
    if status in {502, 503}:
        return Verdict("ambiguous", f"http_{status}")
    return Verdict("function_error", "timeout" if status == 504 else f"http_{status}")


class _Answer:
    """An answer, of which no more is read than is asked."""

    __slots__ = ("_body", "_json", "_text", "header")

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.header = headers.get
        self._body = body
        self._text: bytes | None = None
        self._json: Any = self  # not read yet

    @property
    def text(self) -> bytes:
        if self._text is None:
            self._text = self._body[:_READ_BYTES].lower()
        return self._text

    def field(self, names: list[str]) -> Any:
        """Return a field of the JSON, by its names from the outside in; the answer itself where there is none."""
        if self._json is self:
            self._json = _parsed(self._body)
        found = self._json
        for name in names:
            if not isinstance(found, dict) or name not in found:
                return self
            found = found[name]
        return found


def _parsed(body: bytes) -> Any:
    if len(body) > _READ_BYTES:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


_Holds = Callable[[_Answer], bool]


def _compiled(rule: Rule) -> _Holds:
    """Return what tells whether all conditions hold, the cheapest first."""
    checks = [_header(name, wanted) for name, wanted in rule.headers.items()]
    if rule.probe is not None:
        checks.append(_header(HEADER, rule.probe))
    checks += [_field(name.split("."), values) for name, values in rule.json.items()]
    if rule.text:
        checks.append(_texts([text.encode().lower() for text in rule.text]))
    if len(checks) == 1:
        return checks[0]
    return lambda answer: all(check(answer) for check in checks)


def _header(name: str, wanted: bool | tuple[str, ...]) -> _Holds:
    if isinstance(wanted, bool):
        return lambda answer: (answer.header(name) is not None) is wanted
    beginnings = tuple(text.lower() for text in wanted)
    return lambda answer: (answer.header(name) or "").lower().startswith(beginnings)


def _field(names: list[str], values: tuple[Any, ...]) -> _Holds:
    return lambda answer: answer.field(names) in values


def _texts(wanted: list[bytes]) -> _Holds:
    return lambda answer: any(text in answer.text for text in wanted)
