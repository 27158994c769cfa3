"""A target, found: where its parts are asked, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_serverless.errors import InvalidParameterError, UnknownNameError, or_list
from pytest_serverless.load.results import Target

__all__ = ["Reached"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where to send.

    - `urls`: of the HTTP APIs and function URLs by their ids, "" for the one of `--host`; `paths` by the same ids: what
      stands before the function there, as the tables of answers name it (`http_api`, `function_url`; "http" if that is
      not known).
    - `invoke_url`: of Lambda's Invoke API, None where functions cannot be invoked directly; `functions`: their names by
      their ids in the template.
    - `resources`: what `Ref` gives, by id; `aws_url`: where AWS services are asked, None for AWS itself;
      `environment`: variables under which SDKs reach it.
    - `account`: of AWS, where it is known; `tags` are those of the stack.
    - `measured`: what the result tells of it; `notes`: what a reader must know of it.
    """

    kind: Literal["url", "stack", "local"]
    measured: Target
    urls: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    invoke_url: str | None = None
    functions: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    aws_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def url(self, id: str | None = None) -> str:  # noqa: A002  # the template's word for it
        """Return a base URL without a slash at its end; of the only one, or the one of `--host`, without an id."""
        return self.urls[self._api(id)].rstrip("/")

    def path(self, id: str | None = None) -> str:  # noqa: A002  # the template's word for it
        """Return what stands before the function at a URL: the name of a table of answers."""
        return self.paths.get(self._api(id), "http")

    def function(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return the name of a function by its id, with its qualifier if one follows (`Checkout:live`).

        What is no id is a name, or an ARN, itself.
        """
        own, colon, qualifier = id.partition(":")
        return f"{self.functions[own]}{colon}{qualifier}" if own in self.functions else id

    def service_url(self, service: str) -> str | None:
        """Return where a service of AWS is asked, None for AWS itself.

        Raises InvalidParameterError for one that a local platform runs without: AWS itself is never asked in its place.
        """
        if self.kind != "local" or self.aws_url is not None:
            return self.aws_url
        if service == "lambda" and self.invoke_url is not None:
            return self.invoke_url
        raise InvalidParameterError(
            f"The local platform runs without mocked AWS services (--no-backends), so there is no {service} to ask."
        )

    def _api(self, id: str | None) -> str:  # noqa: A002  # the template's word for it
        if id is None and "" in self.urls:
            return ""
        if id is None and len(self.urls) == 1:
            return next(iter(self.urls))
        if id is None:
            known = f"Say which by `api`: {or_list(list(self.urls))}." if self.urls else "It has none."
            raise InvalidParameterError(f"{self.measured} has no one URL to send HTTP requests to. {known}")
        if id not in self.urls:
            raise UnknownNameError("HTTP API", id, self.urls)
        return id

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values: what a master tells its workers."""
        own = {name: getattr(self, name) for name in _PLAIN}
        return {
            **{name: dict(value) if isinstance(value, Mapping) else value for name, value in own.items()},
            "measured": self.measured.as_json(),
            "notes": list(self.notes),
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Reached:
        """Read what `as_json` gave."""
        return Reached(
            **{name: given[name] for name in _PLAIN},
            measured=Target.from_json(given["measured"]),
            notes=tuple(given["notes"]),
        )


_PLAIN = (
    "kind",
    "urls",
    "paths",
    "invoke_url",
    "functions",
    "resources",
    "aws_url",
    "environment",
    "account",
    "tags",
)
