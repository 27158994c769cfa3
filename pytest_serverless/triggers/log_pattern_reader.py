"""Walks along the text of a filter pattern of CloudWatch Logs, and reads what its three kinds have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from pytest_serverless.errors import InvalidPatternError

__all__ = ["Reader", "Test", "either", "refuse"]

Test = Callable[[Any], bool]

_SPACES = re.compile(r"[ \t\r\n]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_DEEPEST = 64  # No limit is documented; this one keeps a pattern off the interpreter's stack.


def refuse(said: str, what_to_do: str = "") -> NoReturn:
    """Raise the service's words, and what to do about them."""
    raise InvalidPatternError(f"{said.rstrip('.')}. {what_to_do}" if what_to_do else said)


class Reader:
    """A place in the text of a pattern; what is taken is skipped, spaces before it too."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.regexes = 0
        self.wildcards = 0
        self._depth = 0

    @property
    def rest(self) -> str:
        """Return what is still to be read."""
        return self.text[self.position :]

    def skip_spaces(self) -> None:
        """Go to the next character that is no space."""
        self.position = self._match(_SPACES).end()  # type: ignore[union-attr]  # it matches nothing at all, too

    def ended(self) -> bool:
        """Tell whether only spaces are left."""
        self.skip_spaces()
        return self.position == len(self.text)

    def take(self, token: str) -> bool:
        """Take a token if it comes next."""
        self.skip_spaces()
        found = self.text.startswith(token, self.position)
        self.position += len(token) if found else 0
        return found

    def find(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        """Take what an expression describes, right here."""
        found = self._match(expression)
        self.position = found.end() if found else self.position
        return found

    def quoted(self) -> str | None:
        """Take a text in quotation marks, where it may have escaped ones."""
        found = self.find(_QUOTED)
        return _ESCAPED.sub(r"\1", found[1]) if found else None

    def condition(self, comparison: Callable[[Reader], Test]) -> Test:
        """Take comparisons with `&&`, `||` and parentheses; `&&` binds closer."""
        alternatives = [self._conjunction(comparison)]
        while self.take("||"):
            alternatives.append(self._conjunction(comparison))
        return either(alternatives)

    def unexpected(self) -> NoReturn:
        """Refuse what comes next."""
        if self.ended():
            refuse("Invalid filter pattern", f"It ends where more is expected: {self.text!r}")
        refuse("Invalid filter pattern", f"Character {self.position + 1} is not expected there: {self.rest!r}")

    def _conjunction(self, comparison: Callable[[Reader], Test]) -> Test:
        tests = [self._operand(comparison)]
        while self.take("&&"):
            tests.append(self._operand(comparison))
        return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)

    def _operand(self, comparison: Callable[[Reader], Test]) -> Test:
        if not self.take("("):
            return comparison(self)
        self._depth += 1
        if self._depth > _DEEPEST:
            refuse("Invalid filter pattern", f"Parentheses stand more than {_DEEPEST} deep; write less of them")
        inner = self.condition(comparison)
        if not self.take(")"):
            self.unexpected()
        self._depth -= 1
        return inner

    def _match(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        return expression.match(self.text, self.position)


def either(tests: list[Test]) -> Test:
    """Return what passes where any of the tests does."""
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)
