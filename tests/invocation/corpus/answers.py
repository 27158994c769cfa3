"""Handlers that answer, well or badly: one for each name in an event's `case`."""

import collections
import datetime
import decimal
import enum
import json
import logging


class Colour(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Word(str, enum.Enum):
    HELLO = "hello"


class OrderError(Exception):
    pass


class OddError(Exception):
    def __str__(self):
        return "odd: \u00fc \U0001f600"


Point = collections.namedtuple("Point", "x y")


class WithJson:
    def for_json(self):
        return {"for": "json"}


def deep(depth):
    if depth == 0:
        raise OrderError("from below")
    deep(depth - 1)


def raise_from():
    try:
        {}["missing"]
    except KeyError as error:
        raise OrderError("outer") from error


def surrogate():
    return "\ud800"


def recursive():
    value = []
    value.append(value)
    return value


def shadowed():
    raise type("Dynamic\u00e9", (Exception,), {})("named oddly")


CASES = {
    "none": lambda: None,
    "true": lambda: True,
    "integer": lambda: 42,
    "big_integer": lambda: 2**70,
    "float": lambda: 1.5,
    "small_float": lambda: 1e-7,
    "nan": lambda: float("nan"),
    "infinity": lambda: float("-inf"),
    "text": lambda: "plain",
    "text_unicode": lambda: "\u00fcml\u00e4ut \u2028 \U0001f600 \x7f \x00",
    "text_slashes": lambda: '</script> "quoted" \\ \n\t',
    "empty_text": lambda: "",
    "list": lambda: [1, "a", None],
    "tuple": lambda: (1, 2),
    "named_tuple": lambda: Point(1, 2),
    "dict": lambda: {"b": 1, "a": {"nested": [1]}},
    "integer_keys": lambda: {1: "a", 2.5: "b", True: "c", None: "d"},
    "ordered_dict": lambda: collections.OrderedDict([("z", 1), ("a", 2)]),
    "default_dict": lambda: collections.defaultdict(list, {"a": [1]}),
    "decimal": lambda: {"price": decimal.Decimal("1.10"), "list": [decimal.Decimal("100")]},
    "decimal_nan": lambda: decimal.Decimal("NaN"),
    "decimal_exponent": lambda: decimal.Decimal("1E+3"),
    "decimal_key": lambda: {decimal.Decimal("1.5"): 1},
    "bytes": lambda: b"\x00\xffraw",
    "bytes_inside": lambda: {"b": b"abc"},
    "bad_bytes_inside": lambda: {"b": b"\xff"},
    "bytearray": lambda: bytearray(b"abc"),
    "set": lambda: {1},
    "datetime": lambda: datetime.datetime(2026, 11, 23),
    "object": object,
    "generator": lambda: (n for n in range(3)),
    "enum": lambda: Colour.RED,
    "int_enum": lambda: Number.ONE,
    "text_enum": lambda: Word.HELLO,
    "tuple_keys": lambda: {(1, 2): "x"},
    "for_json": WithJson,
    "recursive": recursive,
    "complex": lambda: 1j,
    "raises": lambda: deep(2),
    "raises_from": raise_from,
    "raises_without_text": lambda: deep(0) if False else (_ for _ in ()).throw(ValueError()),
    "raises_unicode": lambda: (_ for _ in ()).throw(OddError()),
    "raises_key_error": lambda: {}["missing"],
    "raises_dynamic": shadowed,
    "raises_many_lines": lambda: (_ for _ in ()).throw(ValueError("one\ntwo")),
    "raises_in_library": lambda: json.loads("{"),
    "raises_assertion": lambda: (_ for _ in ()).throw(AssertionError()),
}


def handler(event, context):
    logging.getLogger("corpus").info("not shown at the default level")
    return CASES[event["case"]]()


def echo(event, context):
    return event


def describe(event, context):
    return {
        "id": context.aws_request_id,
        "function": context.function_name,
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "group": context.log_group_name,
        "stream": context.log_stream_name,
        "tenant": context.tenant_id,
        "remaining": type(context.get_remaining_time_in_millis()).__name__,
        "identity": repr(context.identity),
        "client": repr(context.client_context),
        "w3c": context.w3c(),
        "attributes": sorted(name for name in vars(context) if not name.startswith("_")),
        "text": repr(context),
    }


def variables(event, context):
    import os

    return {name: os.environ.get(name) for name in event["names"]}


def too_few():
    return None


def large(event, context):
    return "x" * event["size"]


def write(event, context):
    import sys

    print("printed")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("warned %s", "once")
    logging.getLogger("named").error("an error")
    context.log("said by context\n")
    return "ok"
