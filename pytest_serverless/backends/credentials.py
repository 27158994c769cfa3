"""Credentials and environment of AWS clients in tests with mocked backends: nobody's real ones are used or needed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_serverless.backends.aio import credentials_class

__all__ = ["ACCESS_KEY", "SECRET_KEY", "Mender", "aws_environment", "variables_of"]

ACCESS_KEY = "testing"
SECRET_KEY = "testing"  # noqa: S105  it opens nothing

# What would lead a client to a real account, a real endpoint or a wait for the metadata service.
LEADING_AWAY = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def variables_of(region: str) -> dict[str, str]:
    """Return the variables under which a client of any SDK finds made-up credentials and a region at once."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": "testing",
        "AWS_SECURITY_TOKEN": "testing",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",  # moto does not know all host names that have an account in them
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@contextmanager
def aws_environment(region: str, account: str | None = None) -> Iterator[None]:
    """Set the variables above and hide those that lead away; afterwards put back what nobody else has changed.

    `account` is the one that moto answers for.
    """
    ours: Mapping[str, str | None] = {
        **dict.fromkeys(_leading_away()),
        **variables_of(region),
        **({"MOTO_ACCOUNT_ID": account} if account else {}),
    }
    before = {name: os.environ.get(name) for name in ours}
    _set(ours)
    try:
        yield
    finally:
        _set({name: before[name] for name, value in ours.items() if os.environ.get(name) == value})


def _leading_away() -> list[str]:
    return [*LEADING_AWAY, *(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_"))]


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class Mender:
    """Lets clients sign that cannot: made without credentials, or with ones that are fetched when they are used.

    A client finds its credentials when it is made, so to set the environment afterwards does not help it. Each gets its
    own back at the end.
    """

    def __init__(self) -> None:
        self._mended: list[tuple[Any, Any]] = []

    def before_sign(self, request_signer: Any, **_: Any) -> None:
        """Hear botocore's `before-sign`, just before the credentials are read."""
        from botocore.credentials import Credentials, RefreshableCredentials

        held = request_signer._credentials  # noqa: SLF001  botocore offers no other way; an assumption's check covers it
        if not isinstance(held, Credentials) or isinstance(held, RefreshableCredentials):
            kind = credentials_class(request_signer) or Credentials
            self._mended.append((request_signer, held))
            request_signer._credentials = kind(ACCESS_KEY, SECRET_KEY)  # noqa: SLF001  as above

    def give_back(self) -> None:
        """Give each client what it had."""
        while self._mended:
            signer, held = self._mended.pop()
            signer._credentials = held  # noqa: SLF001  as above
