"""What a stack is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["StackResource", "of_type"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """One resource: its id in the template, with those of the stacks that it is nested in, and what `Ref` gives."""

    id: str
    type: str
    physical: str

    @property
    def stack(self) -> str:
        """The id of the nested stack it is in, with a dot behind it; "" for the stack itself."""
        return self.id[: self.id.rfind(".") + 1]


def of_type(resources: Iterable[StackResource], *types: str) -> list[StackResource]:
    """Return the resources of some types."""
    return [each for each in resources if each.type in types]
