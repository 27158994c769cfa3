r"""The grammar of Serverless variables: `${source(param, …):address, source:address, 'fallback'}`.

Everything else that looks like a variable (`${AWS::Region}`, `${Table.Arn}`) belongs to CloudFormation and stays as it
is. A backslash takes a variable's meaning away (`\${self:x}`).
Source: lib/configuration/variables/parse.js of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

__all__ = ["Constant", "Source", "Text", "Variable", "VariableSyntaxError", "parse"]

SOURCE_TYPE = re.compile(r"[a-z][a-zA-Z0-9.-]*")
WORD = re.compile(r"[a-zA-Z0-9.-][a-zA-Z0-9. -]*")
OPENING = re.compile(r"(\\*)\$\{")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
QUOTES = ("'", '"')
KEYWORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


class VariableSyntaxError(ValueError):
    """The text between `${` and `}` is not a variable."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the variable itself, as its last resort."""

    value: Any


@dataclass(frozen=True, slots=True)
class Source:
    """One place to look in: `file(./names.yml):bucket` has the type `file`, one parameter, and an address."""

    type: str
    params: tuple[Text, ...]
    address: Text | None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: the places to look in, in their order. `written` is how it stands in the file."""

    written: str
    sources: tuple[Source | Constant, ...]


Text = tuple["str | Variable", ...]
"""A string, taken apart: what is said as it is, and variables."""


def parse(text: str) -> Text | None:
    """Take a string apart; None if it has neither a variable nor an escaped one."""
    if "${" not in text:
        return None
    pieces = Parser(text).text()
    return None if pieces == (text,) else pieces


class Parser:
    """Reads one string from left to right."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self.at = 0

    def text(self) -> Text:
        """The whole string: what is not a variable here is left to CloudFormation."""
        pieces: list[str | Variable] = []
        start = 0
        while opening := OPENING.search(self.whole, self.at):
            slashes = opening.end(1) - opening.start(1)
            self.at = opening.end()
            if slashes % 2:
                said = self.whole[start : opening.start()] + "\\" * (slashes // 2) + "${"
                pieces, start = [*pieces, said], self.at
            elif self.opens_variable():
                said = self.whole[start : opening.start()] + "\\" * (slashes // 2)
                pieces += [said, self.variable(opening.end() - 2)]
                start = self.at
        pieces.append(self.whole[start:])
        return joined(pieces)

    def opens_variable(self) -> bool:
        word = SOURCE_TYPE.match(self.whole, self.at)
        if word is None or self.whole[word.end() : word.end() + 1] not in (":", "("):
            return False
        return not self.whole.startswith("::", word.end())

    def variable(self, start: int) -> Variable:
        if not self.opens_variable():
            self.fail("a variable begins with the name of its source, as in ${self:custom.name}")
        sources: list[Source | Constant] = [self.source()]
        while self.next() == ",":
            self.at += 1
            sources.append(self.later_source())
        self.expect("}")
        return Variable(self.whole[start : self.at], tuple(sources))

    def source(self) -> Source:
        kind = SOURCE_TYPE.findall(self.whole, self.at)[0]  # `opens_variable` saw it
        self.at += len(kind)
        params = self.params() if self.next() == "(" else ()
        address = None
        if self.next() == ":":
            self.at += 1
            address = self.part(",}")
        return Source(kind, params, address)

    def later_source(self) -> Source | Constant:
        if self.next() in QUOTES:
            return Constant(self.string())
        if self.opens_variable():
            return self.source()
        word = WORD.match(self.whole, self.at)
        said = word.group().strip() if word else ""
        if said not in KEYWORDS and not NUMBER.fullmatch(said):
            self.fail(f"{said or self.whole[self.at :]!r} is no fallback: put text in quotes")
        self.at += len(said)
        return Constant(KEYWORDS[said] if said in KEYWORDS else number(said))

    def params(self) -> tuple[Text, ...]:
        params: list[Text] = []
        while not params or self.next() == ",":
            self.at += 1  # the bracket, or the comma before another
            params.append(self.part(",)") or ("",))
        self.expect(")")
        return tuple(params) if params != [("",)] else ()

    def part(self, ends: str) -> Text | None:
        """A parameter or an address: in quotes, or up to one of `ends`, with variables in it."""
        if self.next() in QUOTES:
            return (self.string(),)
        pieces: list[str | Variable] = []
        start = self.at
        while self.at < len(self.whole) and self.whole[self.at] not in ends:
            if self.whole.startswith("${", self.at):
                pieces.append(self.whole[start : self.at])
                self.at += 2
                pieces.append(self.variable(self.at - 2))
                start = self.at
            elif self.whole[self.at] == "}":
                self.fail("the bracket of its parameters is not closed")
            else:
                self.at += 1
        pieces.append(self.whole[start : self.at].rstrip())
        return joined(pieces) or None

    def string(self) -> str:
        end = self.at + 1
        while end < len(self.whole) and self.whole[end] != self.whole[self.at]:
            end += 2 if self.whole[end] == "\\" and self.whole[self.at] == '"' else 1
        if end >= len(self.whole):
            self.fail("the quote is not closed")
        said = self.whole[self.at + 1 : end]
        escaped = self.whole[self.at] == '"'
        self.at = end + 1
        return re.sub(r"\\(.)", r"\1", said) if escaped else said

    def next(self) -> str:
        """The next character that is not a space, and go to it."""
        while self.whole.startswith(" ", self.at):
            self.at += 1
        return self.whole[self.at : self.at + 1]

    def expect(self, character: str) -> None:
        if self.next() != character:
            self.fail(f"{character!r} is missing at {self.whole[self.at :]!r}" if self.next() else "it is not closed")
        self.at += 1

    def fail(self, why: str) -> NoReturn:
        raise VariableSyntaxError(f"{self.whole!r} has a variable that cannot be read: {why}")


def joined(pieces: list[str | Variable]) -> Text:
    """Put neighbouring strings together, and leave empty ones out."""
    whole: list[str | Variable] = []
    for piece in pieces:
        if isinstance(piece, str) and whole and isinstance(whole[-1], str):
            whole[-1] += piece
        elif piece != "":
            whole.append(piece)
    return tuple(whole)


def number(said: str) -> int | float:
    return float(said) if "." in said else int(said)
