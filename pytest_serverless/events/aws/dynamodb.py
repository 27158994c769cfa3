"""Amazon DynamoDB Streams: changes of items, as an event source mapping delivers them.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html (2026-11). The example on the second page has placeholders
for ids, sequence numbers and ARN that the service never sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.dynamodb_values import ATTRIBUTES, attribute_values, size_of, typed
from pytest_serverless.events.aws.place import region_of
from pytest_serverless.events.aws.source import AwsEventSource
from pytest_serverless.events.aws.streams import (
    WindowOptions,
    epoch_seconds,
    serial_number,
    stream_rules,
    window_fields,
    window_of,
    windowed,
)
from pytest_serverless.events.aws.values import REGION, arn
from pytest_serverless.events.shape import OPTIONAL, Rule, Scope, Shape, field, list_of, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import const, hexadecimal, one_of, pattern, whole_number

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["CHANGES", "SEQUENCE", "SHARD_ID", "STREAM_ARN", "DynamodbEvents", "View"]

View = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
"""StreamViewType: what the stream keeps of a change."""

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"
_VIEWS = ("NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY")
_EXAMPLE: Mapping[str, Any] = {"id": "101", "message": "New item!"}
_CHANGED: Mapping[str, Any] = {"id": "101", "message": "This item has changed"}


def _view(change: Scope) -> str:
    """Return the view that a change is of; where a hand-written event does not tell, the one that its images imply."""
    given = str(change.raw("StreamViewType")).upper()
    return given if given in _VIEWS else _implied_view(change)


def _implied_view(change: Scope) -> str:
    images = (change.raw("NewImage"), change.raw("OldImage"))
    kept = [name for name, image in zip(("NEW_IMAGE", "OLD_IMAGE"), images, strict=True) if isinstance(image, dict)]
    return "NEW_AND_OLD_IMAGES" if len(kept) == 2 else kept[0] if kept else "KEYS_ONLY"


def _has_new_image(change: Scope) -> bool:
    return _view(change) in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES") and change.up["eventName"] != "REMOVE"


def _has_old_image(change: Scope) -> bool:
    return _view(change) in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES") and change.up["eventName"] != "INSERT"


def _images(change: Scope) -> list[dict[str, Any]]:
    return [change[name] for name in ("NewImage", "OldImage") if name in change]


def _keys_in_images(change: Scope) -> bool:
    return all(image.get(name) == value for image in _images(change) for name, value in change["Keys"].items())


def _may_be_keys(keys: Mapping[str, Any]) -> bool:
    return 1 <= len(keys) <= 2 and all(value.keys() <= {"S", "N", "B"} for value in keys.values())


def _implied_keys(change: Scope) -> dict[str, Any]:
    """Guess a table's key from an image: the attributes that are named as keys are, else the first that can be one."""
    image = next((i for i in map(change.raw, ("NewImage", "OldImage")) if isinstance(i, dict)), {})
    values = {name: typed(value) for name, value in image.items()}
    able = {name: value for name, value in values.items() if value and value.keys() <= {"S", "N", "B"}}
    named = [name for name in able if name.lower() in ("pk", "sk")] or [n for n in able if n.lower().endswith("id")][:1]
    return {name: able[name] for name in (named or list(able)[:1])} or attribute_values({"id": "101"})


STREAM_ARN = arn(
    "dynamodb",
    r"table/[A-Za-z0-9_.-]{3,255}/stream/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}",
    "table/orders/stream/2024-01-01T00:00:00.000",
)
SHARD_ID = pattern(
    "shard-id",
    "shardId-, 20 digits, - and 8 hexadecimal digits",
    r"shardId-\d{20}-[0-9a-f]{8}",
    lambda mint: f"shardId-{mint.now_ms():020d}-{mint.hex(8)}",
)
SEQUENCE = pattern("sequence", "21 to 40 digits", r"\d{21,40}", lambda mint: serial_number(mint, 10**20, 3))
_CHANGE = obj(
    field("ApproximateCreationDateTime", epoch_seconds(lambda mint: int(mint.now()))),
    field("Keys", ATTRIBUTES, infer=_implied_keys),
    field("NewImage", ATTRIBUTES, _has_new_image, infer=lambda s: s.get("OldImage", s["Keys"])),
    field("OldImage", ATTRIBUTES, _has_old_image, infer=lambda s: s["Keys"]),
    field("SequenceNumber", SEQUENCE),
    field(
        "SizeBytes",
        whole_number(1),
        derive=lambda s: size_of(s["Keys"]) + sum(size_of(image) for image in _images(s)),
        because="the bytes of Keys, NewImage and OldImage, as DynamoDB counts them",
    ),
    field("StreamViewType", one_of(*_VIEWS), infer=_implied_view),
    rules=[
        Rule("keys", "one or two attributes, of type S, N or B", lambda s: _may_be_keys(s["Keys"]), "Keys"),
        Rule("keys-in-images", "as in the images, which hold the whole item", _keys_in_images, "Keys"),
    ],
)
_RECORD = obj(
    field("eventID", hexadecimal(32)),
    field("eventName", one_of("INSERT", "MODIFY", "REMOVE")),
    field("eventVersion", const("1.1")),
    field("eventSource", const("aws:dynamodb")),
    field("awsRegion", REGION, derive=lambda s: region_of(s["eventSourceARN"]), because="the region in eventSourceARN"),
    field(
        "userIdentity",
        obj(field("type", const("Service")), field("principalId", const("dynamodb.amazonaws.com"))),
        OPTIONAL,
    ),
    field("dynamodb", _CHANGE),
    field("eventSourceARN", STREAM_ARN),
    rules=[
        Rule(
            "time-to-live",
            "only there where DynamoDB itself removed the item",
            lambda s: "userIdentity" not in s or s["eventName"] == "REMOVE",
            "userIdentity",
        )
    ],
)


def _is_changes(event: Any) -> bool:
    records = event["Records"]
    if not records:
        return ":dynamodb:" in event["eventSourceARN"]
    return records[0].get("eventSource") == "aws:dynamodb" or "dynamodb" in records[0]


CHANGES = Shape(
    "aws.dynamodb",
    obj(
        field("Records", list_of(_RECORD, least=0, most=10_000)),
        *window_fields(field("shardId", SHARD_ID, windowed)),
        rules=[
            *stream_rules(lambda record: str(record["dynamodb"]["SequenceNumber"]), ("dynamodb", "SequenceNumber")),
            Rule(
                "unique-ids",
                "records with ids of their own",
                lambda s: len({record["eventID"] for record in s["Records"]}) == len(s["Records"]),
                "Records",
                ("Records", "*", "eventID"),
            ),
        ],
    ),
    _is_changes,
)


class ChangeOptions(WindowOptions, total=False):
    """What any change may have; a stream is of one view, a mapping may have a tumbling window."""

    keys: str | Sequence[str]
    """The attributes of the table's key, one or two; the item's first attribute unless given."""
    table: str
    """The table's name, or the stream's ARN."""
    view: View
    """What the stream keeps of a change; NEW_AND_OLD_IMAGES unless given."""
    created: float
    """ApproximateCreationDateTime, in seconds since 1970; now unless given."""


class DynamodbEvents(AwsEventSource):
    """Amazon DynamoDB Streams: what happened to items of a table.

    Items are plain Python: text, numbers (int, Decimal, float), bytes, booleans, None, lists, dicts, sets of one kind.
    """

    name = "aws.dynamodb"

    @event_type("An item was put into a table", reference=_REFERENCE, shape=CHANGES)
    def insert(self, item: Mapping[str, Any] = _EXAMPLE, **options: Unpack[ChangeOptions]) -> Event:
        """Build an event with one INSERT of `item`."""
        return self._change("INSERT", item, None, options)

    @event_type("An item was changed", reference=_REFERENCE, shape=CHANGES)
    def modify(
        self,
        item: Mapping[str, Any] = _CHANGED,
        *,
        old: Mapping[str, Any] | None = None,
        **options: Unpack[ChangeOptions],
    ) -> Event:
        """Build an event with one MODIFY to `item` from `old`; without `old` the item had nothing but its key."""
        if old is None:
            old = _EXAMPLE if item is _CHANGED else {name: item[name] for name in self._keys(item, options)}
        return self._change("MODIFY", item, old, options)

    @event_type("An item was deleted", reference=_REFERENCE, shape=CHANGES)
    def remove(self, item: Mapping[str, Any] = _EXAMPLE, **options: Unpack[ChangeOptions]) -> Event:
        """Build an event with one REMOVE of what was `item`."""
        return self._change("REMOVE", None, item, options)

    @event_type(
        "An item was deleted because its time to live was over",
        reference="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html",
        shape=CHANGES,
    )
    def ttl_delete(self, item: Mapping[str, Any] = _EXAMPLE, **options: Unpack[ChangeOptions]) -> Event:
        """Build an event with one REMOVE by DynamoDB itself, told from a user's by `userIdentity`."""
        return self._change("REMOVE", None, item, options, {"userIdentity": {}})

    def _change(
        self,
        name: str,
        new: Mapping[str, Any] | None,
        old: Mapping[str, Any] | None,
        options: ChangeOptions,
        extra: Mapping[str, Any] | None = None,
    ) -> Event:
        item = new if new is not None else old or {}
        keys = attribute_values({key: item[key] for key in self._keys(item, options)})
        if not _may_be_keys(keys):
            raise InvalidParameterError(f"A key is one or two attributes of text, a number or bytes, got {keys}.")
        view = options.get("view", "NEW_AND_OLD_IMAGES")
        change: dict[str, Any] = {"Keys": keys, "StreamViewType": view}
        if new is not None and view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            change["NewImage"] = attribute_values(new)
        if old is not None and view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            change["OldImage"] = attribute_values(old)
        if "created" in options:
            change["ApproximateCreationDateTime"] = options["created"]
        record = {"eventName": name, "dynamodb": change, "eventSourceARN": self._stream(options), **(extra or {})}
        window = window_of(options, options.get("created", self.mint.now()))
        return self.complete(CHANGES, {"Records": [record], **window}, options)

    def _stream(self, options: ChangeOptions) -> str:
        table = options.get("table", "orders")
        if table.startswith("arn:"):
            return table
        return self.place(options).arn("dynamodb", f"table/{table}/stream/2024-01-01T00:00:00.000")

    @staticmethod
    def _keys(item: Mapping[str, Any], options: ChangeOptions) -> list[str]:
        given = options.get("keys", next(iter(item), ""))
        keys = [given] if isinstance(given, str) else list(given)
        for key in keys:
            if key not in item:
                there = ", ".join(map(repr, item)) or "nothing"
                raise InvalidParameterError(f"The key {key!r} is not in the item, which has: {there}.")
        return keys
