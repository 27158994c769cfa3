"""Whether policies allow a request: IAM's evaluation logic, with the answer "not evaluated" where something is unknown.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html (2026-11). Policies of
the organization (SCP, RCP), of sessions and of VPC endpoints are none of a template's, and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_serverless.audits.iam_patterns import Request, Truth, all_of, any_of
from pytest_serverless.audits.iam_policy import Caller, Statement

__all__ = ["Decision", "Verdict", "evaluate"]

Verdict = Literal["allowed", "denied", "not_evaluated"]

Kind = Literal["identity-based policy", "resource-based policy", "permissions boundary"]
"""Which policies decided, in the words of AWS's messages."""

IDENTITY: Kind = "identity-based policy"
RESOURCE: Kind = "resource-based policy"
BOUNDARY: Kind = "permissions boundary"

ANYBODY = Caller()

# What the policy of the resource has to allow in any case, if only by handing the decision to the account.
_OWNED = ("kms:", "sts:assumerole")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the policies say to one request.

    `statement` is the one that decided: that allowed, denied, or could not be evaluated; None where none is about the
    request. `doubt` says what is unknown other than by a statement.
    """

    verdict: Verdict
    request: Request
    kind: Kind = "identity-based policy"
    statement: Statement | None = None
    doubt: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the call is allowed, for certain."""
        return self.verdict == "allowed"

    @property
    def explicit(self) -> bool:
        """Whether a Deny statement decided."""
        return self.verdict == "denied" and self.statement is not None

    @property
    def explanation(self) -> str:
        """Why, in a sentence."""
        asked = f"{self.request.action} on {self.request.resource or 'an unknown resource'}"
        if self.verdict == "allowed":
            return f"{asked} is allowed by {self.statement}."
        if self.verdict == "denied":
            return f"{asked} is denied: {self._refusal()}."
        return f"{asked} is not evaluated: {self._unknown()}."

    def _refusal(self) -> str:
        article = "an" if self.kind == "identity-based policy" else "a"
        if self.statement:
            return f"{self.statement}, {article} {self.kind}, denies it explicitly"
        return f"no {self.kind} allows it"

    def _unknown(self) -> str:
        if self.statement is None or self.doubt:
            return self.doubt
        if keys := self.statement.unknown_keys(self.request):
            return f"{self.statement} asks for {', '.join(keys)}, which is not known here"
        if self.request.resource is None:
            return f"{self.statement} is about certain resources, and the call does not say which it is about"
        return f"{self.statement} has a variable in its resources whose value is not known here"


@dataclass(slots=True)
class _Scan:
    """What the statements of one kind say: the first that matches for certain, and the first that may."""

    allow: Statement | None = None
    deny: Statement | None = None
    may_allow: Statement | None = None
    may_deny: Statement | None = None

    @property
    def allows(self) -> Truth:
        return True if self.allow else None if self.may_allow else False

    def add(self, statement: Statement, truth: Truth) -> None:
        if truth is False:
            return
        if statement.effect == "Allow":
            self.allow, self.may_allow = _first(statement, truth, self.allow, self.may_allow)
        else:
            self.deny, self.may_deny = _first(statement, truth, self.deny, self.may_deny)


def _first(
    statement: Statement, truth: Truth, certain: Statement | None, possible: Statement | None
) -> tuple[Statement | None, Statement | None]:
    return (certain or statement, possible) if truth else (certain, possible or statement)


def _scan(statements: Iterable[Statement], request: Request) -> _Scan:
    found = _Scan()
    for statement in statements:
        truth = statement.matches(request)
        if truth is not False:
            found.add(statement, truth)
    return found


def _scan_named(
    statements: Sequence[Statement], request: Request, caller: Caller, *, bounded: bool
) -> tuple[_Scan, _Scan]:
    """Scan a resource's policy: what names the caller itself, and what names its account alone.

    A Deny with NotPrincipal is about everybody who has a permissions boundary, whomever it excepts.
    """
    direct, delegated = _Scan(), _Scan()
    for statement in statements:
        hits_all = bounded and statement.effect == "Deny" and statement.excludes_principals
        truth = all_of((hits_all or statement.names(caller), statement.matches(request)))
        by_account = statement.effect == "Allow" and statement.names(caller) and not statement.names_directly(caller)
        (delegated if by_account else direct).add(statement, truth)
    return direct, delegated


def evaluate(
    request: Request,
    *,
    identity: Iterable[Statement],
    resource: Sequence[Statement] = (),
    boundary: Sequence[Statement] | None = None,
    caller: Caller = ANYBODY,
) -> Decision:
    """Decide on a request by the caller's policies, the resource's policy and the caller's permissions boundary.

    Caller and resource are taken to be of one account, where either policy is enough; the policy of a KMS key, and that
    of a role to assume, has to allow in any case, or to hand the decision to the account. `resource` is that policy,
    empty where it is not known; `boundary` is None where the caller has none.
    """
    own = _scan(identity, request)
    theirs, delegated = (
        _scan_named(resource, request, caller, bounded=boundary is not None) if resource else (_Scan(), _Scan())
    )
    limit = _scan(boundary, request) if boundary is not None else None
    scans: list[tuple[Kind, _Scan]] = [(IDENTITY, own), (RESOURCE, theirs)]
    if limit is not None:
        scans.append((BOUNDARY, limit))
    for kind, scan in scans:
        if scan.deny:
            return Decision(verdict="denied", request=request, kind=kind, statement=scan.deny)
    if resource and request.action.lower().startswith(_OWNED):
        own = own if delegated.allows else _Scan()
    return _weigh(request, own, theirs, limit, [scan.may_deny for _, scan in scans if scan.may_deny])


def _weigh(request: Request, own: _Scan, theirs: _Scan, limit: _Scan | None, may_deny: list[Statement]) -> Decision:
    """Decide where nothing is denied explicitly."""
    granted = any_of((own.allows, theirs.allows))
    if granted is False:
        return Decision(verdict="denied", request=request)
    if limit is not None and limit.allows is False:
        return Decision(verdict="denied", request=request, kind=BOUNDARY)
    for doubtful in (*may_deny, _doubtful(own, theirs) if granted is None else None, limit and _doubtful(limit)):
        if doubtful:
            return Decision(verdict="not_evaluated", request=request, statement=doubtful)
    kind = IDENTITY if own.allow else RESOURCE
    return Decision(verdict="allowed", request=request, kind=kind, statement=own.allow or theirs.allow)


def _doubtful(*scans: _Scan) -> Statement | None:
    """Return the statement that may allow, where none does for certain."""
    if any(scan.allow for scan in scans):
        return None
    return next((scan.may_allow for scan in scans if scan.may_allow), None)
