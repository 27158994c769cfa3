"""AWS, asked about a stack: the calls that are made, the policy that allows them, and what their errors mean.

The actions are those of the service authorization reference (docs.aws.amazon.com/service-authorization, 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pytest_serverless.errors import CredentialsError, InvalidParameterError, MissingExtraError, ServerlessError
from pytest_serverless.load.auth import KeyProvider
from pytest_serverless.load.auth.storms import is_unauthorised

__all__ = ["CALLS", "AwsCalls", "account_of", "policy"]

CALLS: Final[Mapping[tuple[str, str], str]] = {
    ("sts", "GetCallerIdentity"): "sts:GetCallerIdentity",
    ("cloudformation", "DescribeStacks"): "cloudformation:DescribeStacks",
    ("cloudformation", "ListStackResources"): "cloudformation:ListStackResources",
    ("cloudformation", "ListStacks"): "cloudformation:ListStacks",
    ("lambda", "GetFunctionConfiguration"): "lambda:GetFunctionConfiguration",
    ("lambda", "GetFunctionConcurrency"): "lambda:GetFunctionConcurrency",
    ("lambda", "ListProvisionedConcurrencyConfigs"): "lambda:ListProvisionedConcurrencyConfigs",
    ("lambda", "ListFunctionUrlConfigs"): "lambda:ListFunctionUrlConfigs",
    ("apigateway", "GetRestApi"): "apigateway:GET",
    ("apigateway", "GetStages"): "apigateway:GET",
    ("apigateway", "GetResources"): "apigateway:GET",
    ("apigatewayv2", "GetApi"): "apigateway:GET",
    ("apigatewayv2", "GetStages"): "apigateway:GET",
    ("apigatewayv2", "GetRoutes"): "apigateway:GET",
}
"""Every call that is made, by service and operation, and the action that allows it."""

_DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationErrorException"}
_NOT_THERE: Final = {"ResourceNotFoundException", "NotFoundException"}
_SIGN_IN: Final = "Name a profile that is signed in (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_TRIES: Final = 8


def policy(stack: str, *, account: str = "*", region: str = "*", partition: str = "aws") -> str:
    """Return the IAM policy, as JSON, that reading a stack takes; its nested stacks are named after it.

    Nothing in it allows a change, or a call of a function: what is driven by its name needs `lambda:InvokeFunction`.
    """
    place = f"{region}:{account}"
    stacks = [f"arn:{partition}:cloudformation:{place}:stack/{name}/*" for name in (stack, f"{stack}-*")]
    gateways = [f"arn:{partition}:apigateway:{region}::/{kind}/*" for kind in ("restapis", "apis")]
    statements = [
        {"Effect": "Allow", "Action": _actions("cloudformation", without="ListStacks"), "Resource": stacks},
        {"Effect": "Allow", "Action": _actions("lambda"), "Resource": f"arn:{partition}:lambda:{place}:function:*"},
        {"Effect": "Allow", "Action": _actions("apigateway"), "Resource": gateways},
        # These know no resources.
        {"Effect": "Allow", "Action": ["cloudformation:ListStacks", "sts:GetCallerIdentity"], "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _actions(service: str, *, without: str = "") -> list[str]:
    found = {action for action in CALLS.values() if action.startswith(f"{service}:")}
    return sorted(found - {f"{service}:{without}"})


def account_of(
    session: Any = None,
    *,
    region: str | None = None,
    profile: str | None = None,
    provider: KeyProvider | None = None,
) -> str:
    """Return the account that credentials belong to, as STS tells; raises CredentialsError where it does not.

    `session` is one of boto3; without it the one of the keys that `provider` has, or, without one, that `profile` and
    the environment make.
    """
    if session is None and provider is not None:
        session = _session_of(provider)
    calls = AwsCalls(session, region=region, profile=profile, default_region="us-east-1")
    return str(calls.ask("sts", "get_caller_identity")["Account"])


class AwsCalls:
    """Makes the calls of one session in one region, and tells its errors in our words.

    `session` is one of boto3; without it the one that `profile` and the environment make.
    """

    def __init__(
        self, session: Any = None, *, region: str | None = None, profile: str | None = None, default_region: str = ""
    ) -> None:
        self.region = region or ""
        self._session = self._told("", lambda: session if session is not None else _session(profile))
        self.region = region or self._session.region_name or default_region
        if not self.region:
            raise InvalidParameterError(
                "There is no AWS region to look for the stack in. Set AWS_REGION, or name a profile that has one."
            )
        self.partition: str = self._told("", lambda: self._session.get_partition_for_region(self.region))
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(retries={"mode": "standard", "max_attempts": _TRIES}, connect_timeout=10, read_timeout=30)
            self._clients[service] = self._told(
                "", lambda: self._session.client(service, region_name=self.region, config=config)
            )
        return self._clients[service]

    def ask(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        """Make one call, `ask("lambda", "get_function_configuration", FunctionName="Fn")`."""
        client = self.client(service)
        answer: dict[str, Any] = self._told(_action(client, operation), lambda: getattr(client, operation)(**given))
        return answer

    def find(self, service: str, operation: str, **given: Any) -> dict[str, Any] | None:
        """Make one call about something that may not be there any more; None if it is not."""
        try:
            return self.ask(service, operation, **given)
        except ServerlessError as error:
            if _code(error.__cause__) in _NOT_THERE:
                return None
            raise

    def pages(self, service: str, operation: str, key: str, **given: Any) -> Iterator[dict[str, Any]]:
        """Yield what all pages of an answer have under a key."""
        client = self.client(service)
        pages = iter(client.get_paginator(operation).paginate(**given))
        while (page := self._told(_action(client, operation), lambda: next(pages, None))) is not None:
            yield from page.get(key, [])

    def _told(self, action: str, call: Callable[[], Any]) -> Any:
        """Return what a call returns; raise what its error means."""
        exceptions = _botocore().exceptions
        try:
            return call()
        except exceptions.ClientError as error:
            raise _meaning(error, action, self.region) from error
        except exceptions.ProfileNotFound as error:
            raise InvalidParameterError(f"{error}. Its name is that of a section of ~/.aws/config.") from error
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
            raise CredentialsError(f"AWS cannot be asked: {error}. {_SIGN_IN}") from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise ServerlessError(
                f"AWS cannot be reached in {self.region}: {error}. Is the region right, and is there a network?"
            ) from error
        except exceptions.BotoCoreError as error:  # sign-ons that have expired are errors of many kinds
            raise CredentialsError(f"AWS was not asked: {error} {_SIGN_IN}") from error


def _botocore() -> Any:
    try:
        import botocore.exceptions
    except ImportError as error:
        raise MissingExtraError(module="boto3", extra="aws", needed_for="Reading a stack from AWS") from error
    return botocore


def _session(profile: str | None) -> Any:
    return _boto3().Session(profile_name=profile)


def _session_of(provider: KeyProvider) -> Any:
    try:
        keys = provider.get_frozen_credentials()
    except Exception as error:
        raise CredentialsError(f"The AWS credentials of the run cannot be had: {type(error).__name__}.") from error
    return _boto3().Session(
        aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key, aws_session_token=keys.token
    )


def _boto3() -> Any:
    try:
        import boto3
    except ImportError as error:
        raise MissingExtraError(module="boto3", extra="aws", needed_for="Reading a stack from AWS") from error
    return boto3


def _action(client: Any, operation: str) -> str:
    return CALLS[client.meta.service_model.service_name, client.meta.method_to_api_mapping[operation]]


def _code(error: BaseException | None) -> str:
    """Return the code of what a service has answered, "" for any other error."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _meaning(error: Any, action: str, region: str) -> ServerlessError:
    said, status = f"{error}", error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    code = _code(error)
    if code in _DENIED:
        return CredentialsError(
            f"Reading the stack takes {action}, which is not allowed to who asks. {said} All that it takes is printed "
            "by `pytest-serverless load observe --policy --stack NAME`."
        )
    if any(is_unauthorised(status or 403, each) for each in (code, f"{code}Exception")):
        return CredentialsError(f"AWS does not take these credentials: {said} {_SIGN_IN}")
    return ServerlessError(f"{action or 'AWS'} in {region}: {said}")
