"""IAM statements, read once and held against many requests.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_serverless.app.model import Origin
from pytest_serverless.audits.iam_conditions import Condition, read_conditions
from pytest_serverless.audits.iam_patterns import Patterns, Request, Truth, all_of, as_list
from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["Caller", "Statement", "read_statement", "read_statements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a role's session, or a service of AWS (`s3.amazonaws.com`) when `service` says so."""

    account: str = "123456789012"
    role_arn: str = ""
    session_arn: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a policy; `number` counts from 1 in its policy.

    `principals` is None in policies of an identity, else kind (`AWS`, `Service`, …) and name of each that is named.
    """

    effect: Literal["Allow", "Deny"]
    actions: Patterns
    resources: Patterns | None
    conditions: tuple[Condition, ...] = ()
    excludes_actions: bool = False
    excludes_resources: bool = False
    principals: tuple[tuple[str, str], ...] | None = None
    excludes_principals: bool = False
    sid: str = ""
    policy: str = ""
    number: int = 1
    origin: Origin | None = None
    source: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def matches(self, request: Request) -> Truth:
        """Tell whether the statement is about the request; None where that depends on what is not known."""
        if self.actions.has_action(request.action.lower()) is self.excludes_actions:
            return False
        found = self._has_resource(request)
        if found is False or not self.conditions:
            return found
        return all_of((found, *[condition.holds(request) for condition in self.conditions]))

    def _has_resource(self, request: Request) -> Truth:
        if self.resources is None:
            return True
        found = self.resources.has_resource(request)
        return (None if found is None else not found) if self.excludes_resources else found

    def names(self, caller: Caller) -> Truth:
        """Tell whether the statement of a resource's policy is about the caller."""
        found = self._names(caller)
        return (None if found is None else not found) if self.excludes_principals else found

    def _names(self, caller: Caller) -> Truth:
        """`*` is everybody; an account, its root, a role and a session are each named by themselves."""
        named = self.principals or ()
        names = {name for kind, name in named if kind in ("*", "AWS")}
        if caller.service:
            return ("*", "*") in named or ("Service", caller.service) in named
        if names & {"*", caller.account, root_of(caller.account), caller.role_arn, caller.session_arn}:
            return True
        return None if any(kind == "CanonicalUser" or name.startswith("ARO") for kind, name in named) else False

    def names_directly(self, caller: Caller) -> bool:
        """Tell whether more than its account is named, which hands the decision to the policies of the caller."""
        names = {name for kind, name in self.principals or () if kind in ("*", "AWS", "Service")}
        return self.excludes_principals or bool(
            names & ({"*", caller.role_arn, caller.session_arn, caller.service} - {""})
        )

    def unknown_keys(self, request: Request) -> tuple[str, ...]:
        """Return the condition keys that could not be evaluated."""
        return tuple(dict.fromkeys(each.key for each in self.conditions if each.holds(request) is None))

    @property
    def title(self) -> str:
        """What it is called in messages that tell its place besides."""
        sid = f" ({self.sid})" if self.sid else ""
        return f"statement {self.number}{sid} of {self.policy or 'the policy'}"

    def __str__(self) -> str:
        return f"{self.title}, {self.origin}" if self.origin else self.title


def root_of(account: str) -> str:
    """Return the ARN that stands for a whole account."""
    return f"arn:aws:iam::{account}:root"


def read_statement(
    source: Mapping[str, Any], *, policy: str = "", number: int = 1, origin: Origin | None = None
) -> Statement:
    """Read one statement as IAM's JSON has it; where it allows one value or a list, both are taken.

    Raises `InvalidParameterError` for what IAM would refuse.
    """
    try:
        effect, conditions = _effect(source), read_conditions(source.get("Condition") or {})
        action, resource = _one_of(source, "Action"), _one_of(source, "Resource", required=False)
        principal = _one_of(source, "Principal", required=False)
    except InvalidParameterError as error:
        place = f"{policy or 'a policy'}{f' ({origin})' if origin else ''}"
        what = f"statement {number} of {place}: {shorten(dict(source), 200)}"
        raise InvalidParameterError(f"IAM would refuse {what}. {str(error)[0].upper()}{str(error)[1:]}") from None
    return Statement(
        effect=effect,
        actions=Patterns.of_actions(source[action]),
        resources=Patterns.of_resources(source[resource]) if resource else None,
        conditions=conditions,
        excludes_actions=action == "NotAction",
        excludes_resources=resource == "NotResource",
        principals=_principals(source[principal]) if principal else None,
        excludes_principals=principal == "NotPrincipal",
        sid=str(source.get("Sid") or ""),
        policy=policy,
        number=number,
        origin=origin,
        source=source,
    )


def read_statements(
    document: Mapping[str, Any] | Iterable[Mapping[str, Any]], *, policy: str = "", origin: Origin | None = None
) -> tuple[Statement, ...]:
    """Read a policy document, or its statements."""
    statements = as_list(document.get("Statement", ())) if isinstance(document, Mapping) else tuple(document)
    return tuple(
        read_statement(source, policy=policy, number=number, origin=origin)
        for number, source in enumerate(statements, start=1)
        if isinstance(source, Mapping)
    )


def _effect(source: Mapping[str, Any]) -> Literal["Allow", "Deny"]:
    effect = source.get("Effect")
    if effect == "Allow":
        return "Allow"
    if effect == "Deny":
        return "Deny"
    raise InvalidParameterError(f"its Effect is {effect!r}, and must be 'Allow' or 'Deny'.")


def _one_of(source: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    given = [key for key in (name, f"Not{name}") if key in source]
    if len(given) == 2 or (required and not given):
        raise InvalidParameterError(f"it must have either {name} or Not{name}.")
    return given[0] if given else ""


def _principals(given: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, Mapping):
        return (("*", str(given)),)
    return tuple((str(kind), str(name)) for kind, names in given.items() for name in as_list(names))
