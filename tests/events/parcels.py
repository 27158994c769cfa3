"""A small event source of no provider, on which the tests of the shape language stand."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import Unpack

from pytest_serverless.clock import FixedClock
from pytest_serverless.events.catalog import Catalog
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import (
    MISSING,
    OPTIONAL,
    Encoded,
    Rule,
    Shape,
    field,
    list_of,
    map_of,
    nullable,
    obj,
)
from pytest_serverless.events.source import Common, Event, EventSource, event_type
from pytest_serverless.events.values import (
    EPOCH_MS,
    TEXT,
    UUID,
    const,
    format_iso,
    iso_time,
    one_of,
    pattern,
    text,
    whole_number,
)

TAG = pattern(
    "tag",
    "lower-case letters",
    r"[a-z]+",
    lambda _: "tag",
    lambda found: found.lower() if isinstance(found, str) and found.isalpha() else MISSING,
)


def decode(found: Any) -> Any:
    try:
        return json.loads(base64.b64decode(found, validate=True))
    except ValueError:
        return MISSING


SLIP = Encoded(
    "slip",
    "base64 of JSON",
    obj(
        field("code", whole_number(1)),
        field("double", whole_number(), derive=lambda s: 2 * s["code"], because="twice the code"),
    ),
    decode,
    lambda data: base64.b64encode(json.dumps(data).encode()).decode(),
)
PARCEL = obj(
    field("id", UUID),
    field("kind", one_of("letter", "box")),
    field("weight", whole_number(1, 100), lambda s: s["kind"] == "box"),
    field("label", TEXT, derive=lambda s: f"{s['kind']} {s['id']}", because="kind and id"),
    field("capitals", TEXT, OPTIONAL, derive=lambda s: s["label"].upper(), because="the label in capitals"),
    field("note", text(embeds=True), OPTIONAL),
    field("to", nullable(TEXT)),
    field("lines", list_of(obj(field("n", whole_number()), others=TEXT, keys=TAG), most=3)),
    field("tags", map_of(TAG, TEXT)),
    field("posted", EPOCH_MS),
    field("arrived", EPOCH_MS, infer=lambda s: s["posted"] + 1),
    field("slip", SLIP, OPTIONAL),
    field("day", iso_time("seconds"), OPTIONAL, infer=lambda s: format_iso(s["posted"], "seconds")),
    rules=[Rule("times", "not before posted", lambda s: s["arrived"] >= s["posted"], "arrived")],
)
PARCELS = Shape(
    "acme.parcels",
    obj(
        field("source", const("acme:parcels")),
        field("parcels", list_of(PARCEL)),
        field("count", whole_number(), derive=lambda s: len(s["parcels"]), because="how many parcels there are"),
        rules=[
            Rule(
                "unique-ids",
                "parcels with ids of their own",
                lambda s: len({parcel["id"] for parcel in s["parcels"]}) == len(s["parcels"]),
                "parcels",
                ("parcels", "*", "id"),
            )
        ],
    ),
    lambda event: "parcels" in event,
)


class ParcelOptions(Common, total=False):
    """What any parcel may have."""

    tags: Mapping[str, str]
    weight: int


class ParcelEvents(EventSource):
    """Parcels."""

    name = "acme.parcels"

    @event_type("A parcel was posted", reference="https://acme.example/parcels", shape=PARCELS)
    def posted(
        self,
        kind: Literal["letter", "box"] = "letter",
        *,
        to: str | None = None,
        count: int = 1,
        insured: bool = False,
        ratio: float = 0.5,
        extra: Any = None,
        **options: Unpack[ParcelOptions],
    ) -> Event:
        """Build a posted parcel."""
        parcel: dict[str, Any] = {"kind": kind, "to": to, "tags": options.get("tags", {})}
        if kind == "box":
            parcel["weight"] = options.get("weight", 1)
        return self.complete(PARCELS, {"parcels": [parcel] * count}, options)

    @event_type("A parcel came back", reference="https://acme.example/returns", shape=PARCELS)
    def returned(self, **options: Unpack[Common]) -> Event:
        """Build a returned parcel."""
        return self.complete(PARCELS, {}, options)


def catalog(**mint: Any) -> Catalog:
    return Catalog([ParcelEvents], Mint(**mint))


def posted(kind: Any = "letter", **parameters: Any) -> Event:
    return ParcelEvents(Mint(seed=1, clock=FixedClock(1_795_000_000))).posted(kind, **parameters)
