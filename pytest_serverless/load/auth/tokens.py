"""What a bearer token says of itself, and tokens that somebody else puts into the environment or a file."""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth.credentials import Request, Standing
from pytest_serverless.load.auth.renewal import Token

__all__ = ["BearerToken", "bearer", "claims", "expires_s"]


class BearerToken(Standing):
    """A token that is given as it is, or kept up to date by another in an environment variable or a file.

    `BearerToken("…")`, `BearerToken(variable="TOKEN")` or `BearerToken(file="…")`. The file is read again whenever it
    has changed; `gcloud auth print-identity-token > token` every half hour, say, is enough. A variable is that of this
    process, and as old as it. A JWT is not sent after its `exp`. `header` is where it goes: with
    `X-Serverless-Authorization`, Cloud Run leaves `Authorization` to the function.
    """

    __slots__ = ("_environment", "_file", "_given", "_header", "_seen", "_token", "_trouble", "_variable")

    def __init__(
        self,
        token: str | None = None,
        *,
        variable: str | None = None,
        file: str | Path | None = None,
        header: str = "Authorization",
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        if sum(given is not None for given in (token, variable, file)) != 1:
            raise InvalidParameterError("A bearer token is given, or in a variable, or in a file: name just one.")
        self._given = token
        self._variable = variable
        self._file = None if file is None else Path(file)
        self._header = header
        self._environment = environment
        self._token: Token | None = None
        self._seen: tuple[int, int, int] | None = None
        self._trouble = ""

    def __repr__(self) -> str:
        return f"<bearer token: {self._where}>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        token = self._token
        if token is None or now_s >= token.expires_s:
            self._look()
            token = self._token
        if token is None:
            raise CredentialsError(self._trouble)
        if now_s >= token.expires_s:
            when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(token.expires_s))
            raise CredentialsError(
                f"The bearer token ({self._where}) expired at {when}. Put a new one there"
                f"{', or use a file, which is read again' if self._file is None else ''}."
            )
        return {self._header: bearer(token.value)}

    def due(self, now_s: float) -> None:
        """Look whether another token is there; nothing has to be sent for it."""
        if self._file is not None or self._token is None:
            self._look()

    def trouble(self) -> str:
        return self._trouble

    def secrets(self) -> Iterable[str]:
        return [self._token.value] if self._token else [self._given] if self._given else []

    @property
    def _where(self) -> str:
        if self._file is not None:
            return str(self._file)
        return "given" if self._variable is None else f"${self._variable}"

    def _look(self) -> None:
        """Read the token if it may be another; one that cannot be read leaves the last in use."""
        try:
            text = self._read()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            self._trouble = f"The bearer token in {self._where} cannot be read: {why}."
            return
        if text is None:
            return
        value = text.strip()
        if value[:7].lower() == "bearer ":
            value = value[7:].strip()
        if not value or not value.isascii() or len(value.split()) != 1:
            what = "is more than a token" if value else "is not there, or empty"
            self._trouble = f"The bearer token ({self._where}) {what}. Put there the token alone."
            return
        self._token, self._trouble = Token(value, expires_s(value)), ""

    def _read(self) -> str | None:
        """Return what is there now; None for a file that is as it was."""
        if self._file is None:
            return self._given if self._variable is None else self._environment.get(self._variable, "")
        status = self._file.stat()
        seen = (status.st_ino, status.st_size, status.st_mtime_ns)
        if seen == self._seen:
            return None
        text = self._file.read_text()
        self._seen = seen
        return text


def bearer(token: str) -> str:
    """Return the value of an `Authorization` header (RFC 6750, 2.1)."""
    return f"Bearer {token}"


def claims(token: str) -> Mapping[str, Any]:
    """Return what a JWT claims, unverified (RFC 7519); nothing for what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def expires_s(token: str) -> float:
    """Return when a token expires by its `exp`, in seconds since the epoch; never, for what does not say."""
    exp = claims(token).get("exp")
    return float(exp) if isinstance(exp, (int, float)) and not isinstance(exp, bool) else math.inf
