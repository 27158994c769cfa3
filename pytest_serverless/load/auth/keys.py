"""Keys that stay as they are: of API Gateway and of Azure Functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from pytest_serverless.errors import CredentialsError
from pytest_serverless.load.auth.credentials import Request, Standing

__all__ = ["ApiKey", "FunctionKey"]


class ApiKey(Standing):
    """A key in a header, by default the one that API Gateway reads.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html (2026-11).
    """

    __slots__ = ("_added", "_key")

    def __init__(self, key: str, *, header: str = "x-api-key") -> None:
        self._key = _checked(key, "API key")
        self._added = {header: self._key}

    def __repr__(self) -> str:
        return f"<API key in {next(iter(self._added))}>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        return self._added

    def secrets(self) -> Iterable[str]:
        return [self._key]


class FunctionKey(Standing):
    """A key of an Azure function, of its app, or the master key: in a header, or as `code` in the query.

    A header does not stand in the logs of whatever is on the way.
    https://learn.microsoft.com/azure/azure-functions/function-keys-how-to (2026-11).
    """

    __slots__ = ("_added", "_in_query", "_key")

    def __init__(self, key: str, *, in_query: bool = False) -> None:
        self._key = _checked(key, "function key")
        self._in_query = in_query
        self._added = {} if in_query else {"x-functions-key": self._key}

    def __repr__(self) -> str:
        return f"<function key in {'the query' if self._in_query else 'x-functions-key'}>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        return self._added

    def url(self, url: str) -> str:
        if not self._in_query:
            return url
        rest, hash_, fragment = url.partition("#")
        mark = "" if rest.endswith(("?", "&")) else "&" if "?" in rest else "?"
        return f"{rest}{mark}code={quote(self._key, safe='')}{hash_}{fragment}"

    def secrets(self) -> Iterable[str]:
        return [self._key]


def _checked(key: str, what: str) -> str:
    """Return a key that can stand in a header, without the line's end that a file gives it."""
    stripped = key.strip()
    if not stripped or not stripped.isascii() or not stripped.isprintable():
        raise CredentialsError(f"The {what} {'has characters that no header takes' if stripped else 'is empty'}.")
    return stripped
