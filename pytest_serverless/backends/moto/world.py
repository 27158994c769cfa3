"""What moto keeps for the whole process, taken out and put back as one piece.

moto has one state, of which everybody's mocks share. Ours lies aside whenever it is not in use, so that others neither
see it nor reset it, and theirs lies aside meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.core.base_backend import BackendDict, backend_lock
from moto.core.model_instances import model_data

__all__ = ["EVERY_SERVICE", "SERVICES", "World", "clear", "put_in", "take_out"]

EVERY_SERVICE: Any = BackendDict
SERVICES: list[Any] = EVERY_SERVICE._instances  # noqa: SLF001  the list of all in use; `assumptions` checks it


@dataclass(slots=True)
class World:
    """The services in use with their accounts; what they keep beside them; and the models that moto counts."""

    services: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    extras: list[tuple[Any, str, dict[Any, Any]]] = field(default_factory=list)
    tracked: list[tuple[Any, list[Any]]] = field(default_factory=list)


def take_out() -> World:
    """Leave moto as if it were fresh, and return what it had."""
    with backend_lock:
        services = list(SERVICES)
        accounts = [(service, dict(service.items())) for service in services]
        world = World(accounts, list(_extras(services)), list(_tracked()))
        for service in services:
            service.clear()
        SERVICES.clear()
        for service, name, _ in world.extras:
            setattr(service, name, {})
        for model, _ in world.tracked:
            model.instances_tracked = []
    return world


def put_in(world: World) -> None:
    """Give moto, which must be fresh, what `take_out` returned."""
    with backend_lock:
        for service, accounts in world.services:
            service.update(accounts)
            SERVICES.append(service)
        for service, name, value in world.extras:
            setattr(service, name, value)
        for model, instances in world.tracked:
            model.instances_tracked = instances


def clear() -> None:
    """Empty moto and close what it holds open."""
    BackendDict.reset()
    for model, _ in list(_tracked()):
        model.instances_tracked = []


def _extras(services: list[Any]) -> Any:
    """Yield what a service keeps for all accounts: S3 the owners of buckets, Organizations its members."""
    for service in services:
        for name, value in vars(service).items():
            if type(value) is dict and value:
                yield service, name, value


def _tracked() -> Any:
    for models in model_data.values():
        for model in models.values():
            instances: list[Any] = model.instances_tracked  # type: ignore[attr-defined]  # moto sets it on each class
            if instances:
                yield model, instances
