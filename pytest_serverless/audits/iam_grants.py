"""What a function may do: everything that an application says of its role, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from pytest_serverless.app.aws import LambdaSettings, partition_of
from pytest_serverless.app.model import App, Function, Policy
from pytest_serverless.audits.iam_actions import Place, prefix_of, requests_of
from pytest_serverless.audits.iam_evaluate import Decision, evaluate
from pytest_serverless.audits.iam_parameters import Parameters
from pytest_serverless.audits.iam_patterns import Context, Request, compile_text
from pytest_serverless.audits.iam_policy import Caller, Statement, read_statements
from pytest_serverless.audits.managed_policies import managed_policy

__all__ = ["Grants", "grants_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What a function's role may do, and where it stands.

    `resources` has the policies of resources by their ARNs. `unknown` are policies that are attached, but whose
    statements nobody here knows; `unknown_boundary` the boundary, if it is such a one.
    """

    caller: Caller
    place: Place
    identity: tuple[Statement, ...] = ()
    boundary: tuple[Statement, ...] | None = None
    resources: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    unknown_boundary: str = ""

    def judge(self, service: str, operation: str, parameters: Parameters) -> tuple[Decision, ...]:
        """Decide on a call, by botocore's names: a decision for each permission that it takes."""
        requests = requests_of(service, operation, parameters, self.place)
        if requests is None:
            return (self._guess(Request(f"{prefix_of(service)}:{operation}", None, self.place.context)),)
        return tuple(self.decide(request) for request in requests)

    def decide(self, request: Request) -> Decision:
        """Decide on one permission."""
        decision = evaluate(
            request,
            identity=self.identity,
            resource=self._policy_of(request.resource) if self.resources and request.resource else (),
            boundary=None if self.unknown_boundary else self.boundary,
            caller=self.caller,
        )
        if decision.explicit or decision.verdict == "not_evaluated":
            return decision
        if decision.verdict == "denied" and self.unknown and decision.kind == "identity-based policy":
            return _doubtful(decision, f"what {' and '.join(self.unknown)} may allow is not known here")
        if decision.allowed and self.unknown_boundary:
            return _doubtful(
                decision, f"what the permissions boundary {self.unknown_boundary} allows is not known here"
            )
        return decision

    def _guess(self, request: Request) -> Decision:
        """Decide on an operation that the table does not know: its action is most likely called like it."""
        decision = self.decide(request)
        if decision.allowed or decision.explicit or not any(_speaks_of(each, request) for each in self.identity):
            return decision
        return _doubtful(decision, "which permission the operation takes is not known here")

    def _policy_of(self, arn: str) -> Sequence[Statement]:
        """Return the policy of a resource, or of what it is part of: an object's bucket, an index's table."""
        owners = (arn, arn.partition("/index/")[0], ":".join(arn.split(":")[:7]), arn.partition("/")[0])
        return next((self.resources[owner] for owner in owners if owner in self.resources), ())


def _speaks_of(statement: Statement, request: Request) -> bool:
    """Tell whether a statement allows anything of the request's service."""
    prefix = request.action.partition(":")[0]
    services = (text.lower().partition(":")[0] for text in statement.actions.texts)
    named = any(compile_text(service).fullmatch(prefix) for service in services)
    return statement.effect == "Allow" and (statement.excludes_actions or named)


def _doubtful(decision: Decision, doubt: str) -> Decision:
    return replace(decision, verdict="not_evaluated", statement=None, doubt=doubt)


def grants_of(app: App, function: Function, context: Mapping[str, str | Sequence[str]] | None = None) -> Grants:
    """Collect what an application says of a function's role.

    `context` has values of condition keys that cannot be told here (`aws:PrincipalOrgID`, …), by their names; an empty
    list: the requests have no such key. Raises `InvalidParameterError` for a statement that IAM would refuse.
    """
    settings = function.settings if isinstance(function.settings, LambdaSettings) else LambdaSettings()
    caller = _caller(app, function, settings)
    own = [policy for policy in app.policies if policy.principal == function.role and policy.kind != "resource"]
    identity = [(policy.name, _statements(policy)) for policy in own if policy.kind == "identity"]
    boundary = [(policy.name, _statements(policy)) for policy in own if policy.kind == "boundary"]
    unknown = [name for name, statements in identity if statements is None]
    if function.role not in app.resources and not own:
        unknown = [f"the role {function.role}" if function.role else "the function's role"]
    return Grants(
        caller=caller,
        place=_place(app, settings, {**_context(function, settings, caller), **_given(context or {})}),
        identity=tuple(chain.from_iterable(statements or () for _, statements in identity)),
        boundary=tuple(chain.from_iterable(statements or () for _, statements in boundary)) if boundary else None,
        resources=_resources(app),
        unknown=tuple(unknown),
        unknown_boundary=next((name for name, statements in boundary if statements is None), ""),
    )


def _statements(policy: Policy) -> tuple[Statement, ...] | None:
    if policy.managed and not policy.statements:
        return managed_policy(policy.managed)
    return read_statements(policy.statements, policy=policy.name, origin=policy.origin)


def _caller(app: App, function: Function, settings: LambdaSettings) -> Caller:
    """Return the session in which Lambda runs the function, which is called like it."""
    role = app.resources.get(function.role)
    partition, account = partition_of(settings.region), settings.account
    given = (
        function.role if function.role.startswith("arn:") else f"arn:{partition}:iam::{account}:role/{function.role}"
    )
    role_arn = (role.arn if role else None) or given
    name = role_arn.rpartition("/")[2]
    session = f"arn:{partition}:sts::{account}:assumed-role/{name}/{function.name}"
    return Caller(account=account, role_arn=role_arn, session_arn=session)


def _place(app: App, settings: LambdaSettings, context: Context) -> Place:
    resources = app.resources.values()
    secrets = {
        str(each.properties.get("Name") or (each.arn or "").rpartition(":")[2].rpartition("-")[0]): each.arn
        for each in resources
        if each.type == "AWS::SecretsManager::Secret" and each.arn
    }
    return Place(
        partition=partition_of(settings.region),
        region=settings.region,
        account=settings.account,
        arns={**secrets, **dict(_aliases(app))},
        partition_keys=dict(_partition_keys(app)),
        context=context,
    )


def _aliases(app: App) -> Iterator[tuple[str, str]]:
    """Yield the aliases of KMS keys with the ARNs of the keys."""
    keys = {name: each.arn for each in app.resources.values() for name in (each.id, each.name, each.arn) if each.arn}
    for alias in app.resources.values():
        key = keys.get(str(alias.properties.get("TargetKeyId"))) if alias.type == "AWS::KMS::Alias" else None
        if key:
            yield str(alias.properties.get("AliasName", alias.name)), key


def _partition_keys(app: App) -> Iterator[tuple[str, str]]:
    for table in app.resources.values():
        if table.type in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
            for key in table.properties.get("KeySchema") or ():
                if key.get("KeyType") == "HASH":
                    yield table.name, str(key.get("AttributeName"))


def _resources(app: App) -> dict[str, tuple[Statement, ...]]:
    """Return the policies of resources by the ARNs of the resources."""
    found: dict[str, tuple[Statement, ...]] = {}
    for policy in app.policies:
        owner = app.resources.get(policy.principal)
        if policy.kind == "resource" and owner and owner.arn:
            found[owner.arn] = (*found.get(owner.arn, ()), *(_statements(policy) or ()))
    return found


# What requests with Lambda's credentials never have.
_ABSENT = (
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:username",
)


def _context(function: Function, settings: LambdaSettings, caller: Caller) -> dict[str, tuple[str, ...]]:
    """Return what is known of every request that Lambda's credentials sign.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (2026-11).
    """
    return {
        **dict.fromkeys(_ABSENT, ()),
        "aws:principalaccount": (caller.account,),
        "aws:principalarn": (caller.role_arn,),
        "aws:principalisawsservice": ("false",),
        "aws:principaltype": ("AssumedRole",),
        "aws:securetransport": ("true",),
        "aws:viaawsservice": ("false",),
        "lambda:sourcefunctionarn": (replace(settings, qualifier=None).invoked_arn(function.name),),
    }


def _given(context: Mapping[str, str | Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in context.items()}
