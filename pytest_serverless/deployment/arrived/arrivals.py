"""The views of an application's resources, by the ids of its template."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from pytest_serverless.app.aws import partition_of
from pytest_serverless.app.model import App, Resource
from pytest_serverless.deployment.arrived.buckets import BucketView
from pytest_serverless.deployment.arrived.buses import BusView
from pytest_serverless.deployment.arrived.place import Backends, Place
from pytest_serverless.deployment.arrived.queues import QueueView
from pytest_serverless.deployment.arrived.streams import StreamView, TableStreamView
from pytest_serverless.deployment.arrived.tables import TableView
from pytest_serverless.deployment.arrived.topics import TopicView
from pytest_serverless.errors import InvalidParameterError, UnknownNameError

__all__ = ["Arrivals"]

_TABLES: Final = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_TYPES: Final[Mapping[str, Collection[str]]] = {
    "queue": ("AWS::SQS::Queue",),
    "topic": ("AWS::SNS::Topic",),
    "bus": ("AWS::Events::EventBus",),
    "stream": ("AWS::Kinesis::Stream",),
    "table": _TABLES,
    "bucket": ("AWS::S3::Bucket",),
}
_DEFAULT_BUS: Final = "default"


class Arrivals:
    """What to look at in one test. `need` is told the ids of what is looked at, so that it is there."""

    def __init__(
        self, app: App, backends: Backends, *, account: str, need: Callable[[Collection[str]], None] = lambda _: None
    ) -> None:
        self._app = app
        self._backends = backends
        self._account = account
        self._need = need

    def queue(self, id: str) -> QueueView:  # noqa: A002  # the template's word for it
        """Return a queue, to look at what is in it and what came into it."""
        return QueueView(self._place("queue", id))

    def topic(self, id: str) -> TopicView:  # noqa: A002  # the template's word for it
        """Return a topic, to look at what was published."""
        return TopicView(self._place("topic", id))

    def bus(self, id: str = _DEFAULT_BUS) -> BusView:  # noqa: A002  # the template's word for it
        """Return an event bus, to look at what was put on it: the account's own is `default`."""
        if id == _DEFAULT_BUS and id not in self._app.resources:
            return BusView(Place(resource=self._default_bus(), backends=self._backends))
        return BusView(self._place("bus", id))

    def stream(self, id: str) -> StreamView | TableStreamView:  # noqa: A002  # the template's word for it
        """Return a stream, to look at what was put into it: one of Kinesis, or a table's by the id of the table."""
        resource = self._app.resources.get(id)
        if resource is None or resource.type not in _TABLES:
            return StreamView(self._place("stream", id))
        if not _has_stream(resource):
            raise InvalidParameterError(
                f"The table {id} has no stream ({resource.origin}). Give it a StreamSpecification with a "
                f"StreamViewType, or look at its items: serverless.table({id!r})."
            )
        return TableStreamView(self._place("table", id))

    def table(self, id: str) -> TableView:  # noqa: A002  # the template's word for it
        """Return a table, to look at its items."""
        return TableView(self._place("table", id))

    def bucket(self, id: str) -> BucketView:  # noqa: A002  # the template's word for it
        """Return a bucket, to look at its objects."""
        return BucketView(self._place("bucket", id))

    def _place(self, kind: str, id_: str) -> Place:
        resource = self._app.resources.get(id_)
        if resource is None and id_ not in self._app.functions and id_ not in self._app.aliases:
            raise UnknownNameError(f"{kind} of {self._app.template.name}", id_, self._ids(kind))
        if resource is None or resource.type not in _TYPES[kind]:
            raise self._is_another(kind, id_, resource)
        self._need([id_])
        return Place(resource=resource, backends=self._backends)

    def _ids(self, kind: str) -> list[str]:
        ids = [resource.id for resource in self._app.resources.values() if resource.type in _TYPES[kind]]
        if kind == "stream":
            ids += [resource.id for resource in self._app.resources.values() if _has_stream(resource)]
        return [*ids, _DEFAULT_BUS] if kind == "bus" else ids

    def _is_another(self, kind: str, id_: str, resource: Resource | None) -> InvalidParameterError:
        type_ = resource.type if resource is not None else "AWS::Lambda::Function"
        method = next((other for other, types in _TYPES.items() if type_ in types), None)
        if type_ == "AWS::Lambda::Function":
            method = "invocations"
        there = ", ".join(self._ids(kind)) or "none"
        do = f"Look at it with serverless.{method}({id_!r})." if method else f"The {kind} to look at may be: {there}."
        where = f", {resource.origin}" if resource is not None and resource.origin else ""
        return InvalidParameterError(f"{id_} is no {kind} but of the type {type_}{where}. {do}")

    def _default_bus(self) -> Resource:
        arn = f"arn:{partition_of(self._app.region)}:events:{self._app.region}:{self._account}:event-bus/{_DEFAULT_BUS}"
        return Resource(id=_DEFAULT_BUS, type="AWS::Events::EventBus", name=_DEFAULT_BUS, arn=arn)


def _has_stream(resource: Resource) -> bool:
    return resource.type in _TABLES and bool(resource.properties.get("StreamSpecification"))
