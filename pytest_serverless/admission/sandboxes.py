"""What admission remembers: sandboxes, those of one kind together, and whose room they take."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from pytest_serverless.admission.buckets import Bucket
from pytest_serverless.admission.decisions import Granted, Refused
from pytest_serverless.admission.truth import Counts

__all__ = ["FunctionState", "Group", "Pool", "Sandbox", "Waiter"]


class Sandbox:
    """One sandbox: `serving` so many invocations, or idle `since` then; `is_starting` until it is released first.

    `next` is the decision for whom it serves next. `kept_until` is when it ends, where that was drawn; `is_gone` that
    it has.
    """

    __slots__ = ("group", "id", "is_gone", "is_starting", "kept_until", "next", "serving", "since", "state")

    def __init__(self, id_: int, state: FunctionState, group: Group) -> None:
        self.id = id_
        self.state = state
        self.group = group
        self.serving = 0
        self.since = 0.0
        self.is_starting = self.is_gone = False
        self.kept_until = 0.0
        self.next = Granted(id_, is_new=False, is_first=True, provisioned=group.qualifier is not None)

    def used(self) -> None:
        """Serve from now on whoever comes as one that has served before."""
        self.next = Granted(self.id, is_new=False, provisioned=self.next.provisioned)


class Pool:
    """Room for sandboxes that serve: `limit` at once, of one function or of all that have nothing reserved.

    `full`, `too_fast` and `scaling` are the answers where there is none, and where requests or new sandboxes are too
    many a second.
    """

    __slots__ = ("busy", "full", "limit", "rate", "scaling", "too_fast")

    def __init__(self, limit: int, rate: Bucket | None, full: Refused, too_fast: Refused, scaling: Refused) -> None:
        self.limit = limit
        self.rate = rate
        self.full = full
        self.too_fast = too_fast
        self.scaling = scaling
        self.busy = 0


class Group:
    """Sandboxes of one function that are alike: those on demand (`qualifier` None), or those of one alias.

    `idle` is in the order in which they came to be idle, `partial` (serving, and not as many as they can) in that of
    their last use; `kept` is a heap by when they end, where that is drawn: (when, number, sandbox).
    """

    __slots__ = ("count", "idle", "kept", "partial", "per_sandbox", "pool", "qualifier")

    def __init__(self, pool: Pool, *, per_sandbox: int, qualifier: str | None = None) -> None:
        self.pool = pool
        self.per_sandbox = per_sandbox
        self.qualifier = qualifier
        self.count = 0
        self.idle: deque[Sandbox] = deque()
        self.kept: list[tuple[float, int, Sandbox]] = []
        self.partial: OrderedDict[int, Sandbox] = OrderedDict()


class Waiter:
    """An invocation that waits."""

    __slots__ = ("qualifier", "state", "synchronous", "ticket", "until")

    def __init__(
        self, ticket: int, until: float, state: FunctionState, qualifier: str | None, synchronous: bool
    ) -> None:
        self.ticket = ticket
        self.until = until
        self.state = state
        self.qualifier = qualifier
        self.synchronous = synchronous


class FunctionState:
    """What belongs to one function; `scaling` holds how many sandboxes may be added."""

    __slots__ = (
        "counts",
        "name",
        "on_demand",
        "provisioned",
        "queue_s",
        "queue_starts",
        "scaling",
        "start_s",
        "starts",
        "waiting",
        "wanted",
    )

    def __init__(self, name: str, counts: Counts, on_demand: Group, scaling: Bucket | None) -> None:
        self.name = name
        self.counts = counts
        self.on_demand = on_demand
        self.scaling = scaling
        self.provisioned: dict[str, Group] = {}
        self.wanted: dict[str, int] = {}
        self.queue_s: float | None = None
        self.queue_starts = 0.0
        self.starts = 0
        self.start_s = 0.0
        self.waiting: OrderedDict[int, Waiter] = OrderedDict()

    def groups(self) -> Iterator[Group]:
        yield self.on_demand
        yield from self.provisioned.values()
