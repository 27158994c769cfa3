"""Through which functions something came about, where they run in other processes.

Lambda follows chains of invocations by the trace header: the runtime gives it to the function, and AWS's SDKs send it
with the function's requests. It is used for the same here.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html (2026-11).
"""

from __future__ import annotations

from collections import OrderedDict

from pytest_serverless.deployment.delivery.post import Lineage
from pytest_serverless.events.mint import Mint
from pytest_serverless.local.trace_header import Trace, begun, new_root

__all__ = ["Traces"]

_MOST = 20_000


class Traces:
    """The traces of the last deliveries, and the functions that each came through."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint
        self._lineages: OrderedDict[str, Lineage] = OrderedDict()

    def begin(self, lineage: Lineage, header: str = "") -> str:
        """Return the trace header for an invocation that came about through these functions, itself the last.

        It goes on with the trace of `header`, where there is one; each invocation is a segment of its own in it.
        """
        parent = self._mint.hex(16)
        root = Trace(header).root or new_root(self._mint.now(), self._mint.hex(24))
        self._lineages[parent] = lineage
        if len(self._lineages) > _MOST:
            self._lineages.popitem(last=False)
        return begun(root, parent)

    def lineage(self, header: str) -> Lineage:
        """Return the functions that a request with that header came through; none where it is not known."""
        return self._lineages.get(Trace(header).parent or "", ())
