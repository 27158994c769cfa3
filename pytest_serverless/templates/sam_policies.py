"""What a function may do, as SAM lets it be written: policy templates, statements, and names of managed policies.

The table is generated from SAM's own (`tools/generate_sam_policies.py`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from pytest_serverless.errors import or_list, shorten
from pytest_serverless.templates.intrinsics import Resolver, hint
from pytest_serverless.templates.reader import Block

__all__ = ["Role", "managed_arn"]


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).parent / "data/sam_policies.json"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    table["folders"] = {name: folder for folder, names in table["managed"].items() for name in names}
    return table


def managed_arn(name: str, partition: str) -> str:
    """Return the ARN of one of AWS's managed policies."""
    if name.startswith("arn:"):
        return name
    folder = _table()["folders"].get(name)
    return f"arn:{partition}:iam::aws:policy/{f'{folder}/' if folder else ''}{name}"


class Role:
    """A role that is made for a function or a state machine, while its policies are put together."""

    def __init__(self, logical_id: str, resolver: Resolver, service: str) -> None:
        self.id = logical_id
        self.managed: list[Any] = []
        self.policies: list[dict[str, Any]] = []
        self._resolver = resolver
        self._service = service

    def attach(self, name: str) -> None:
        """Attach one of AWS's managed policies, once."""
        arn = managed_arn(name, self._resolver.stack.partition)
        if arn not in self.managed:
            self.managed.append(arn)

    def grant(self, name: str, statements: list[dict[str, Any]]) -> None:
        """Add statements, unless they are there."""
        if all(policy["PolicyDocument"]["Statement"] != statements for policy in self.policies):
            self.policies.append({"PolicyName": name, "PolicyDocument": {"Statement": statements}})

    def add(self, policies: Any) -> None:
        """Add what a resource's `Policies` says: one policy, or a list of them."""
        policies = self._resolver.peel(policies)
        for number, entry in enumerate(policies if isinstance(policies, list) else [policies]):
            policy = self._resolver.peel(entry)
            if isinstance(policy, str):
                self.attach(policy)
            elif isinstance(policy, dict):
                self._add_mapping(f"{self.id}Policy{number}", policy)
            elif policy is not None:
                self._resolver.fault(f"{shorten(policy)} is no policy.", "Write a name, a template or statements.")

    def _add_mapping(self, name: str, policy: dict[str, Any]) -> None:
        if "Statement" in policy:
            self.policies.append({"PolicyName": name, "PolicyDocument": policy})
        elif len(policy) == 1 and (key := next(iter(policy))) and (key == "Ref" or key.startswith("Fn::")):
            self.managed.append(policy)
        else:
            for template, given in policy.items():
                statements = self._statements(template, given, policy)
                if statements is not None:
                    self.policies.append({"PolicyName": name, "PolicyDocument": {"Statement": statements}})

    def _statements(self, name: str, given: Any, at: dict[str, Any]) -> list[dict[str, Any]] | None:
        templates = _table()["templates"]
        origin = at.origin(name) if isinstance(at, Block) else None
        if name not in templates:
            do = hint(name, templates, "Write a policy with a Statement, or the name of a managed policy.")
            self._resolver.fault(f"There is no policy template {name!r}.", do, at=origin)
            return None
        template = templates[name]
        given = given if isinstance(given, dict) else {}
        missing = [parameter for parameter in template["parameters"] if parameter not in given]
        unknown = [parameter for parameter in given if parameter not in template["parameters"]]
        if missing or unknown:
            wanted = f"It takes {or_list(template['parameters'])}." if template["parameters"] else "It takes none."
            what = f"lacks {', '.join(missing)}" if missing else f"has no {', '.join(unknown)}"
            self._resolver.fault(f"The policy template {name} {what}.", wanted, at=origin)
            return None
        statements: list[dict[str, Any]] = _fill(template["statements"], given)
        return statements

    def properties(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Return the properties of the role's resource."""
        trust = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": [self._service]}}
        return {
            "AssumeRolePolicyDocument": spec.get("AssumeRolePolicyDocument")
            or {"Version": "2012-10-17", "Statement": [trust]},
            "ManagedPolicyArns": self.managed or None,
            "Policies": self.policies or None,
            "Path": spec.get("RolePath"),
            "PermissionsBoundary": spec.get("PermissionsBoundary"),
        }


def _fill(value: Any, given: dict[str, Any]) -> Any:
    """Return a template's value with what is given for its parameters."""
    if isinstance(value, list):
        return [_fill(item, given) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and value.get("Ref") in given:
        return given[value["Ref"]]
    return {key: _fill(item, given) for key, item in value.items()}
