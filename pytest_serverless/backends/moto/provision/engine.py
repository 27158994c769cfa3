"""Makes resources in their order, and tells of what was not made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace

from pytest_serverless.app.model import App, Origin, Resource
from pytest_serverless.backends.moto.ids import drawn_from
from pytest_serverless.backends.moto.provision.bench import Bench, Client, StepError, said_by
from pytest_serverless.backends.moto.provision.mentions import Mentions
from pytest_serverless.backends.moto.provision.table import (
    PROVISIONERS,
    Missing,
    effect_of,
    needs_nothing,
    provisioner_of,
)
from pytest_serverless.errors import ProvisioningError

__all__ = ["Fault", "Provisioned", "missing", "provision"]

_RANKS = {type_: rank for rank, type_ in enumerate(PROVISIONERS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A resource that could not be made: `said` is what the backend said, `property` what it was about, if known."""

    id: str
    type: str
    property: str
    said: str
    origin: Origin | None

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        about = f", {self.property}" if self.property else ""
        return f"{place}{self.id} ({self.type}){about}: {self.said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioned:
    """What exists now: the ids of what was made, and the types that are missing."""

    created: frozenset[str] = frozenset()
    missing: tuple[Missing, ...] = ()

    def __or__(self, other: Provisioned) -> Provisioned:
        """Return what two provisionings made, one after the other."""
        types = {each.type: each for each in self.missing}
        for each in other.missing:
            ids = types[each.type].ids if each.type in types else ()
            types[each.type] = replace(each, ids=tuple(dict.fromkeys((*ids, *each.ids))))
        return Provisioned(created=self.created | other.created, missing=tuple(types.values()))


def provision(app: App, client: Client, only: Collection[str] | None = None) -> Provisioned:
    """Make the resources whose ids are in `only`, the functions among them; without it, all of them.

    `client` makes boto3 clients of the region that the names of the application were made for. Types that are not made
    are in the answer. What the backends refuse is a `ProvisioningError`, with all faults.
    """
    bench = Bench(app=app, client=client)
    made = _in_order(app, [each for each in app.resources.values() if only is None or each.id in only])
    with drawn_from(f"{app.name} {' '.join(each.id for each in made)}"):
        faults = [fault for resource in made if (fault := _make(resource, bench))]
    if faults:
        raise ProvisioningError(app.name, faults)
    return Provisioned(created=frozenset(bench.made), missing=missing(app, only))


def missing(app: App, only: Collection[str] | None = None) -> tuple[Missing, ...]:
    """Return what the application has and the mocked backends will not, by type; nothing is made to find out."""
    ids = defaultdict(list)
    for each in app.resources.values():
        if (only is None or each.id in only) and each.type not in PROVISIONERS and not needs_nothing(each.type):
            ids[each.type].append(each.id)
    return tuple(Missing(type=each, ids=tuple(ids[each]), effect=effect_of(each)) for each in sorted(ids))


def _in_order(app: App, resources: Collection[Resource]) -> list[Resource]:
    """Return those that can be made, what others of its type refer to (a dead-letter queue) first."""
    ranked = sorted((each for each in resources if each.type in _RANKS), key=lambda each: _RANKS[each.type])
    mentions = Mentions(app)
    placed: dict[str, Resource] = {}
    waiting: set[str] = set()
    by_id = {each.id: each for each in ranked}

    def place(resource: Resource) -> None:
        if resource.id in waiting:
            return
        waiting.add(resource.id)
        for other in sorted(mentions.ids(resource.properties) & set(by_id)):
            if by_id[other].type == resource.type:
                place(by_id[other])
        placed[resource.id] = resource

    for each in ranked:
        place(each)
    return list(placed.values())


def _make(resource: Resource, bench: Bench) -> Fault | None:
    try:
        provisioner_of(resource.type)(resource, bench)
    except StepError as error:
        return _fault(resource, error.property or _blamed(resource, error.said), error.said)
    except KeyError as error:
        return _fault(resource, "", f"it has no {error.args[0]!r}")
    except Exception as error:  # noqa: BLE001 - a property of an unexpected kind, or moto's inside is not what it was
        return _fault(resource, "", said_by(error))
    bench.made.add(resource.id)
    return None


def _fault(resource: Resource, of: str, said: str) -> Fault:
    return Fault(id=resource.id, type=resource.type, property=of, said=said, origin=resource.origin)


def _blamed(resource: Resource, said: str) -> str:
    """Return the property that an answer speaks of by its name, where it does."""
    return next((name for name in resource.properties if name.lower() in said.lower()), "")
