"""What resources are called: physical names, ARNs, and what `Ref` and `GetAtt` give.

A name that the template does not say is made of the stack, the logical id and a suffix, as CloudFormation makes it;
what AWS would draw at random (suffixes, ids of APIs, keys and pools) is derived from stack and logical id, so that a
resource is called the same in every run. The types stand in `naming_table`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pytest_serverless.app.aws import partition_of

__all__ = ["Identity", "Kind", "Stack", "function_arn", "identify", "kind_of", "mint"]

LOWER = "0123456789abcdefghijklmnopqrstuvwxyz"
MIXED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def mint(alphabet: str, length: int, *seed: str) -> str:
    """Return text of the alphabet that follows from the seed alone."""
    number = int.from_bytes(hashlib.sha512("\0".join(seed).encode()).digest(), "big")
    base, drawn = len(alphabet), []
    for _ in range(length):
        number, index = divmod(number, base)
        drawn.append(alphabet[index])
    return "".join(drawn)


@dataclass(frozen=True)
class Stack:
    """Where an application is deployed."""

    name: str
    region: str = "us-east-1"
    account: str = "123456789012"

    @cached_property
    def partition(self) -> str:
        return partition_of(self.region)

    @cached_property
    def url_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @cached_property
    def id(self) -> str:
        """The stack's own ARN."""
        return self.arn("cloudformation", f"stack/{self.name}/{self.uuid('stack')}")

    def arn(self, service: str, rest: str) -> str:
        """Return the ARN of something in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"

    def uuid(self, *seed: str) -> str:
        digits = mint("0123456789abcdef", 32, "uuid", self.name, *seed)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def generated(self, logical_id: str, *, limit: int = 64, lower: bool = False) -> str:
        """Return `stack-LogicalId-suffix`, cut in its middle to the limit, as CloudFormation makes names."""
        suffix = mint(LOWER if lower else MIXED, 12, "name", self.name, logical_id)
        head = f"{self.name}-{logical_id}"[: limit - 13]
        return f"{head.lower() if lower else head}-{suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How resources of one type are called.

    `name` is the property that says the physical name, `made` the name where it does not (a format; None: as
    CloudFormation makes it, within `limit`). `ref`, `arn` and the `attributes` are formats of what `Words` knows.
    `needs` names the property without which an attribute is not there; `reads` further properties that the formats use;
    a `readable` type gives its other properties as attributes, too.
    """

    name: str = ""
    made: str | None = None
    limit: int = 64
    lower: bool = False
    fifo: str = ""
    ref: str = "{name}"
    arn: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    readable: bool = False
    known: bool = True

    @property
    def identifying(self) -> tuple[str, ...]:
        """The properties that have to be resolved before the resource can be named."""
        return tuple(key for key in (self.name, self.fifo, *self.reads) if key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a resource is called: `ref` is what `Ref` gives, `attributes` what `GetAtt` gives.

    `name` is the physical name. Where a type is `known`, there are no attributes but these.
    """

    ref: str
    name: str
    arn: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    known: bool = True
    readable: bool = False


class Words(dict[str, str]):
    """The words that the table's formats are made of; a word is drawn or derived when it is first asked for.

    What is neither is the property of that name.
    """

    def __init__(self, stack: Stack, logical_id: str, properties: Mapping[str, Any]) -> None:
        super().__init__(
            stack=stack.name,
            region=stack.region,
            account=stack.account,
            partition=stack.partition,
            suffix=stack.url_suffix,
            id=logical_id,
        )
        self._stack = stack
        self._properties = properties

    def __missing__(self, word: str) -> str:
        if word in DRAWN:
            self[word] = DRAWN[word](self._stack, self["id"])
        elif word in DERIVED:
            self[word] = DERIVED[word](self, self._properties, self._stack)
        else:
            self[word] = str(self._properties.get(word, ""))
        return self[word]


DRAWN: dict[str, Callable[[Stack, str], str]] = {
    "uuid": lambda stack, logical_id: stack.uuid(logical_id),
    "short": lambda stack, logical_id: mint(LOWER, 6, "id", stack.name, logical_id),
    "api": lambda stack, logical_id: mint(LOWER, 10, "id", stack.name, logical_id),
    "client": lambda stack, logical_id: mint(LOWER, 26, "id", stack.name, logical_id),
    "root": lambda stack, logical_id: mint(LOWER, 10, "root", stack.name, logical_id),
    "url": lambda stack, logical_id: mint(LOWER, 32, "id", stack.name, logical_id),
    "secret": lambda stack, logical_id: mint(LOWER, 52, "secret", stack.name, logical_id),
    "hex": lambda stack, logical_id: mint("0123456789abcdef", 16, "id", stack.name, logical_id),
    "hex17": lambda stack, logical_id: mint("0123456789abcdef", 17, "id", stack.name, logical_id),
    "mixed": lambda stack, logical_id: mint(MIXED, 9, "id", stack.name, logical_id),
    "mixed6": lambda stack, logical_id: mint(MIXED, 6, "id", stack.name, logical_id),
    "capitals": lambda stack, logical_id: mint(LOWER.upper(), 17, "id", stack.name, logical_id),
    "number": lambda stack, logical_id: mint("123456789", 9, "id", stack.name, logical_id),
}


def function_arn(stack: Stack, name: str) -> str:
    """Return the unqualified ARN of a function that is named by its name, a partial or its full ARN."""
    found = re.search(r"function:([^:]+)", name)
    if name.startswith("arn:") and found:
        return name[: found.end()]
    return stack.arn("lambda", f"function:{found[1] if found else name.partition(':')[0]}")


def _bus_of(properties: Mapping[str, Any]) -> str:
    """Return the name of a rule's event bus, and nothing of the default one's."""
    name = str(properties.get("EventBusName") or "default").rpartition("/")[2]
    return "" if name == "default" else name


def _below(words: Words, arn: Any, kind: str, below: str) -> str:
    """Return the ARN of what is below a load balancer or a listener."""
    return str(arn or "").replace(f":{kind}/", f":{below}/", 1) + f"/{words['hex']}"


DERIVED: dict[str, Callable[[Words, Mapping[str, Any], Stack], str]] = {
    "function_arn": lambda _, properties, stack: function_arn(stack, str(properties.get("FunctionName", ""))),
    "target_arn": lambda _, properties, stack: function_arn(stack, str(properties.get("TargetFunctionArn", ""))),
    "underscored": lambda _, __, stack: re.sub(r"\W|-", "_", stack.name)[:40],
    "slashless": lambda words, *_: words["name"].removeprefix("/"),
    "path": lambda _, properties, __: str(properties.get("Path") or "/"),
    "group": lambda _, properties, __: str(properties.get("GroupName") or "default"),
    "bus_name_bar": lambda _, properties, __: f"{bus}|" if (bus := _bus_of(properties)) else "",
    "bus_name_slash": lambda _, properties, __: f"{bus}/" if (bus := _bus_of(properties)) else "",
    "listener": lambda words, properties, _: _below(
        words, properties.get("LoadBalancerArn"), "loadbalancer", "listener"
    ),
    "rule": lambda words, properties, _: _below(words, properties.get("ListenerArn"), "listener", "listener-rule"),
}


def kind_of(type: str) -> Kind:  # noqa: A002 - the template's word
    """Return how resources of a type are called; of a type that the table does not have, a likely guess."""
    from pytest_serverless.templates.naming_table import KINDS

    kind = KINDS.get(type)
    if kind is not None:
        return kind
    parts = type.split("::")
    if len(parts) != 3 or type == "AWS::CloudFormation::CustomResource":  # its function alone knows its attributes
        return Kind(known=False, readable=False)
    service, thing = parts[1].lower(), parts[2].lower()
    return Kind(
        name=f"{parts[2]}Name",
        arn=f"arn:{{partition}}:{service}:{{region}}:{{account}}:{thing}/{{name}}",
        attributes={"Arn": "{arn}"},
        known=False,
        readable=True,
    )


def identify(type: str, logical_id: str, properties: Mapping[str, Any], stack: Stack) -> Identity:  # noqa: A002
    """Return what a resource is called, whose identifying properties are resolved in `properties`."""
    kind = kind_of(type)
    words = Words(stack, logical_id, properties)
    given = properties.get(kind.name) if kind.name else None
    words["name"] = str(given) if given else _made(kind, words, stack, logical_id)
    if kind.fifo and not given and str(properties.get(kind.fifo)).lower() == "true":
        words["name"] = f"{stack.generated(logical_id, limit=kind.limit - 5)}.fifo"
    if kind.arn:
        words["arn"] = kind.arn.format_map(words)
    words["ref"] = kind.ref.format_map(words)
    attributes = {
        name: text.format_map(words)
        for name, text in kind.attributes.items()
        if name not in kind.needs or kind.needs[name] in properties
    }
    return Identity(
        ref=words["ref"],
        name=words["name"],
        arn=words["arn"] if kind.arn else None,
        attributes=attributes,
        known=kind.known,
        readable=kind.readable,
    )


def _made(kind: Kind, words: Words, stack: Stack, logical_id: str) -> str:
    if kind.made is not None:
        return kind.made.format_map(words)
    return stack.generated(logical_id, limit=kind.limit, lower=kind.lower)
