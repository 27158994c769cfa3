"""The accurate event that a hand-written one meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from pytest_serverless.events import path
from pytest_serverless.events.builder import Filling
from pytest_serverless.events.checker import accepts, derived, holds, mended
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.path import Place, Step
from pytest_serverless.events.shape import MISSING, Field, Node, Object, Scope, Shape, Value

__all__ = ["salvage"]


def salvage(event: Any, shape: Shape, mint: Mint) -> dict[str, Any]:
    """Return an accurate event of the shape that keeps every value of `event` that can be kept.

    What is wrong but can only mean one thing is mended; what cannot be right is made anew; what follows from the rest
    is computed.
    """
    given = deepcopy(event)
    if shape.tidy is not None:
        shape.tidy(given, mint)
    salvage = Salvage(mint)
    repaired = salvage.event(shape, given)
    if salvage.wrong:
        for steps in salvage.wrong:
            _drop(given, steps)
        repaired = Salvage(mint).event(shape, given)
    return repaired


class Salvage(Filling):
    """Keeps what is right, mends what can be, mints what cannot, and drops what does not belong.

    `wrong` lists what stands in a rule's way, to be made anew in a second pass.
    """

    def __init__(self, mint: Mint) -> None:
        super().__init__(mint)
        self.wrong: list[list[Step]] = []

    def field(self, field: Field, given: Any, scope: Scope, place: Place) -> None:
        if field.infer is not None and given is not MISSING and not _may_mean(field.node, given):
            implied = self.inferred(field, scope)  # tells more than a fresh value would
            given = given if implied is MISSING else implied
        super().field(field, given, scope, place)

    def mismatch(self, node: Node, given: Any, scope: Scope | None, place: Place, expected: str) -> Any:
        meant = mended(node, given) if isinstance(node, Value) else MISSING
        return self.fill(node, MISSING, scope, place) if meant is MISSING else meant

    def keeps(self, place: Place, reason: str) -> bool:
        return False

    def derived(self, field: Field, given: Any, derive: Callable[[], Any], place: Place) -> Any:
        return MISSING

    def inferred(self, field: Field, scope: Scope) -> Any:
        return derived(field.infer, scope)

    def hold(self, node: Object, scope: Scope, place: Place) -> None:
        for rule in node.rules:
            if not holds(rule.holds, scope):
                self.wrong.append([*path.steps(place), *(rule.redo or (rule.at,))])


def _may_mean(node: Node, given: Any) -> bool:
    """Tell whether a value can be kept or mended; only leaves can tell."""
    return not isinstance(node, Value) or accepts(node, given) or mended(node, given) is not MISSING


def _drop(target: Any, steps: Sequence[Step]) -> None:
    """Take away what stands at the steps, `*` being every item of a list."""
    first, *rest = steps
    if first == "*":
        for item in target if isinstance(target, list) else ():
            _drop(item, rest)
    elif isinstance(target, dict) and first in target:
        _drop(target[first], rest) if rest else target.pop(first)
    elif isinstance(target, list) and isinstance(first, int) and first < len(target) and rest:
        _drop(target[first], rest)
