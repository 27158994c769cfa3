"""The permissions of functions, judged by what they called: what their roles lack, and what they have too much.

A call that a function made is held against everything that the application says of its role. Grants that nothing used
are told only for roles all of whose functions ran: of the others there is no evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_serverless.app.model import App
from pytest_serverless.audits.finding import Finding
from pytest_serverless.audits.iam_evaluate import Decision
from pytest_serverless.audits.iam_grants import Grants, grants_of
from pytest_serverless.audits.iam_patterns import Request
from pytest_serverless.audits.iam_suggestions import allowing, as_text, widened
from pytest_serverless.audits.unused_grants import unused_grants
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.outcome import BackendCall

__all__ = ["least_privilege"]


@dataclass(slots=True)
class _Used:
    """A function's grants, the decisions on what it called, each once, and what of it was allowed.

    One permission may be allowed for one item and denied for another: then the denial is the decision.
    """

    function: str
    grants: Grants
    decisions: dict[tuple[str, str | None], Decision] = field(default_factory=dict)
    allowed: dict[tuple[str, str | None], Request] = field(default_factory=dict)

    def add(self, call: BackendCall) -> None:
        for decision in self.grants.judge(call.service, call.operation, call.parameters):
            key = (decision.request.action, decision.request.resource)
            if decision.allowed:
                self.allowed[key] = decision.request
            if key not in self.decisions or self.decisions[key].allowed:
                self.decisions[key] = decision

    def requests(self) -> Iterator[Request]:
        """Yield what was asked for."""
        yield from self.allowed.values()
        yield from (decision.request for decision in self.decisions.values() if not decision.allowed)


def least_privilege(
    app: App,
    calls: Iterable[BackendCall],
    invocations: Mapping[str, str],
    context: Mapping[str, str | Sequence[str]] | None = None,
) -> tuple[Finding, ...]:
    """Judge the permissions of an application's functions by the calls that they made.

    `invocations` has the function's id by the request id of each invocation, `context` values of condition keys that
    cannot be told here. The calls of the test itself are nobody's, and are left out.
    """
    ran = dict.fromkeys(name for name in invocations.values() if name in app.functions)
    used: dict[str, _Used] = {}
    findings: list[Finding] = []
    for function in ran:
        _read(app, function, context, used, findings)
    for call in calls:
        caller = used.get(invocations.get(call.request_id or "", ""))
        if caller:
            caller.add(call)
    for each in used.values():
        findings += (*_missing(app, each), *_not_evaluated(app, each))
    return (*findings, *_unused(app, used))


def _read(
    app: App,
    function: str,
    context: Mapping[str, str | Sequence[str]] | None,
    used: dict[str, _Used],
    findings: list[Finding],
) -> None:
    """Read a function's policies, or find why IAM would not take them."""
    try:
        used[function] = _Used(function, grants_of(app, app.functions[function], context))
    except InvalidParameterError as error:
        findings.append(Finding(severity="error", rule="permissions.invalid", message=str(error), function=function))


def _missing(app: App, used: _Used) -> Iterator[Finding]:
    """Yield the calls that would be denied: for want of a grant by resource, those denied explicitly one by one."""
    groups: dict[tuple[str, str], list[Decision]] = {}
    for decision in used.decisions.values():
        if decision.verdict == "denied" and decision.explicit:
            yield _denied(app, used, [decision])
        elif decision.verdict == "denied":
            groups.setdefault((decision.kind, widened(decision.request.resource or "*")), []).append(decision)
    for group in groups.values():
        yield _denied(app, used, group)


def _denied(app: App, used: _Used, decisions: Sequence[Decision]) -> Finding:
    first, role = decisions[0], app.functions[used.function].role
    actions = ", ".join(sorted({decision.request.action for decision in decisions}))
    what = f"{used.function} calls {actions} on {first.request.resource or 'a resource that the call does not name'}"
    why = f"{first.statement.title} denies" if first.statement else f"no {first.kind} of its role {role} allows"
    return Finding(
        severity="error",
        rule="permissions.missing",
        message=f"{what}, which {why}",
        function=used.function,
        suggestion=_remedy(app, used, decisions),
        origin=first.statement.origin if first.statement else app.functions[used.function].origin,
    )


def _remedy(app: App, used: _Used, decisions: Sequence[Decision]) -> str:
    first = decisions[0]
    if first.statement:
        return f"Except the call from the Deny statement, or do not make it: {first.explanation}"
    for statement in used.grants.identity:
        if statement.effect == "Allow" and replace(statement, conditions=()).matches(first.request):
            failed = [each.key for each in statement.conditions if each.holds(first.request) is False]
            if failed:
                return f"{statement} would allow it, but its condition on {', '.join(failed)} does not hold."
    where = "Add to the permissions boundary:" if first.kind == "permissions boundary" else "Add to its policies:"
    return f"{where}\n{as_text(allowing((each.request for each in decisions), app))}"


def _not_evaluated(app: App, used: _Used) -> Iterator[Finding]:
    for decision in used.decisions.values():
        if decision.verdict == "not_evaluated":
            keys = decision.statement.unknown_keys(decision.request) if decision.statement else ()
            yield Finding(
                severity="note",
                rule="permissions.not-evaluated",
                message=f"{used.function}: {decision.explanation}",
                function=used.function,
                suggestion=f"Give the value of {', '.join(keys)} where the tests run." if keys else "",
                origin=decision.statement.origin if decision.statement else None,
            )


def _unused(app: App, used: Mapping[str, _Used]) -> Iterator[Finding]:
    """Yield what roles grant beyond what was used, for those all of whose functions ran."""
    for role in dict.fromkeys(function.role for function in app.functions.values()):
        sharing = [name for name, function in app.functions.items() if function.role == role]
        if role and all(name in used for name in sharing):
            requests = [request for name in sharing for request in used[name].requests()]
            yield from unused_grants(app, role, ", ".join(sharing), used[sharing[0]].grants, requests)
