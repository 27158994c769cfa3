"""Filter patterns for unstructured text: `ERROR "[main]" -timeout`, `?ERROR ?WARN`, `%ERR(OR)?%` without the groups.

Terms are parts of the text, with the case they have. Source, and what was measured: see `log_patterns`.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from pytest_serverless.triggers.log_pattern_reader import Reader, Test, either, refuse
from pytest_serverless.triggers.log_pattern_regexes import read_regex

__all__ = ["read_terms"]

_WORD = re.compile(r"[A-Za-z0-9_]+")
_SIGN = re.compile(r"[?-]?")
_SPACES = " \t\r\n"
_KNOWN = re.compile(r'[A-Za-z0-9_%?-]|"(?:[^"\\]|\\.)*"', re.DOTALL)


class _Term(NamedTuple):
    sign: str
    test: Test


def read_terms(text: str) -> Test:
    """Return what tells whether a message has the terms."""
    reader = Reader(text)
    terms = []
    while not reader.ended():
        terms.append(_read_term(reader))
    if not terms:
        return lambda _message: True
    optional = [term.test for term in terms if term.sign == "?"]
    decisive = [term for term in terms if term.sign != "?"]
    if not decisive:
        return either(optional)
    # Beside other terms, those with a question mark mean nothing.
    return lambda message: all(term.test(message) is (term.sign != "-") for term in decisive)


def _read_term(reader: Reader) -> _Term:
    sign = reader.find(_SIGN)[0]  # type: ignore[index]  # it matches nothing at all, too
    reader.skip_spaces()
    regex = read_regex(reader)
    test = _has_match(regex) if regex else _has_text(_read_text(reader))
    if reader.rest and reader.rest[0] not in _SPACES:
        _refuse_next(reader)
    return _Term(sign, test)


def _read_text(reader: Reader) -> str:
    text = reader.quoted()
    if text is not None:
        return text
    word = reader.find(_WORD)
    return word[0] if word else _refuse_next(reader)


def _refuse_next(reader: Reader) -> NoReturn:
    """Refuse what comes next: what is no part of any term, or one in a wrong place."""
    if not reader.rest or _KNOWN.match(reader.rest):
        reader.unexpected()
    wrong = reader.rest if reader.rest.startswith('"') else reader.rest[0]
    refuse(
        f"Invalid character(s) in term '{wrong}'",
        "Put terms that have other characters than letters, digits and underscores in quotation marks",
    )


def _has_text(text: str) -> Test:
    return lambda message: text in message


def _has_match(regex: re.Pattern[str]) -> Test:
    return lambda message: regex.search(message) is not None
