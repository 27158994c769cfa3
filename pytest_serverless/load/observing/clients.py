"""Clients of AWS for reading what CloudWatch knows: the one place of this room that needs boto3."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.errors import CredentialsError, MissingExtraError, PlatformError

__all__ = ["Caller", "Clients", "NotReadableError", "connect"]

_PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""How long to wait where an account has as many queries at once as it may: 30 of them, by default."""

_BUSY: Final = {"LimitExceededException", "ServiceUnavailableException", "ThrottlingException", "Throttling"}
_NOT_THERE: Final = {"ResourceNotFoundException"}
_TOO_OLD: Final = ("retention", "creation time")
"""What a query's error says that ends before a log group was there, or before what it keeps."""

_NO_ONE: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_PREFIXES: Final = {
    "StartQuery": "logs",
    "GetQueryResults": "logs",
    "GetMetricData": "cloudwatch",
    "GetFunctionConfiguration": "lambda",
    "ListProvisionedConcurrencyConfigs": "lambda",
}
_action = re.compile(r"to perform:? (\w+:\w+)").search


class NotReadableError(PlatformError):
    """There is no such log group or function, or it has nothing from that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Clients of boto3 for the three services, in one region."""

    logs: Any
    metrics: Any
    functions: Any
    region: str | None = None


def connect(*, region: str | None = None, profile: str | None = None, aws_url: str | None = None) -> Clients:
    """Return clients by the usual chain of credentials; nothing is sent yet.

    `aws_url` is where AWS is asked instead. Raises `MissingExtraError` without boto3, `CredentialsError` for a profile
    or a region that is not there.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise MissingExtraError(module="boto3", extra="aws", needed_for="Reading CloudWatch") from error
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60)
        logs, metrics, functions = (
            session.client(name, config=config, endpoint_url=aws_url) for name in ("logs", "cloudwatch", "lambda")
        )
    except BotoCoreError as error:
        raise CredentialsError(f"CloudWatch cannot be asked: {str(error).rstrip('.')}. {_HINT}") from error
    return Clients(logs=logs, metrics=metrics, functions=functions, region=session.region_name)


_HINT: Final = "Name a profile and a region, by --profile and --region or by AWS_PROFILE and AWS_REGION."


class Caller:
    """Calls methods of clients: waits its turn where there are too many queries, and tells what is not allowed.

    Raises `CredentialsError` where nobody calls, or one who may not; `NotReadableError` for what is not there;
    `PlatformError` for all other refusals.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def __call__(self, method: Callable[..., Any], **parameters: Any) -> Any:
        pauses = iter(_PAUSES_S)
        while (answer := self._answer(method, parameters, next(pauses, None))) is None:
            pass
        return answer

    def _answer(self, method: Callable[..., Any], parameters: dict[str, Any], pause_s: float | None) -> Any | None:
        """Return an answer, or None after a pause that was to help; without one, errors are final."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return method(**parameters)
        except ClientError as error:
            if pause_s is None or error.response["Error"]["Code"] not in _BUSY:
                raise _told(error) from error
        except BotoCoreError as error:
            raise _not_asked(error) from error
        self._sleep(pause_s)
        return None


def _not_asked(error: Exception) -> CredentialsError | PlatformError:
    name = type(error).__name__
    if "Credential" in name or "Token" in name or "SSO" in name:
        return CredentialsError(f"CloudWatch cannot be asked: {str(error).rstrip('.')}. {_HINT}")
    return PlatformError(f"CloudWatch cannot be asked: {str(error).rstrip('.')}.")


def _told(error: Any) -> Exception:
    """Return what an answer of AWS means to whoever asked."""
    code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    operation = error.operation_name
    found = _action(said)
    action = found[1] if found else f"{_PREFIXES.get(operation, 'aws')}:{operation}"
    if code in _DENIED:
        return CredentialsError(
            f"AWS does not allow {action}: {said} What reading takes is printed by "
            "`pytest-serverless load observe --policy`."
        )
    if code in _NO_ONE:
        return CredentialsError(f"AWS does not know who calls {action} ({code}): {said} {_HINT}")
    if code in _NOT_THERE or (code == "MalformedQueryException" and any(part in said for part in _TOO_OLD)):
        return NotReadableError(said)
    if code in _BUSY:
        return PlatformError(
            f"AWS has refused {action} for {sum(_PAUSES_S):g} seconds ({code}): {said} Other queries run in this "
            "account; try again later."
        )
    return PlatformError(f"AWS refused {action} ({code}): {said}")
