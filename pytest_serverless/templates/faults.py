"""What is wrong with a template: collected, so that one run tells all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_serverless.app.model import Origin
from pytest_serverless.errors import TemplateError

__all__ = ["Fault", "Faults"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `what` there is, and what to `do` about it, in whole sentences.

    `id` is the logical id of the resource, parameter or function that it is found in.
    """

    what: str
    do: str
    id: str = ""
    origin: Origin | None = None

    def __str__(self) -> str:
        where = f"{self.origin}: " if self.origin else ""
        return f"{where}{f'{self.id}: ' if self.id else ''}{self.what} {self.do}".rstrip()


class Faults:
    """Faults in the order in which they were found, each once."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(self, what: str, do: str, *, id: str = "", at: Origin | None = None) -> None:  # noqa: A002 - the template's word
        self._found.setdefault(Fault(what, do, id, at))

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def raise_any(self, template: Path) -> None:
        """Raise every fault as one error, if there is any."""
        if self._found:
            raise TemplateError(template, tuple(self._found))
