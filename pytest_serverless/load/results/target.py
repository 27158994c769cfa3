"""What a run was sent to, without the secrets that an address may carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

__all__ = ["HIDDEN", "Target", "TargetFunction", "redacted", "scrubbed"]

HIDDEN = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFunction:
    """A function of the target with its settings; None is what is not known, or not set.

    `reserved`, `provisioned` and `most_instances` are numbers of instances, `at_once` how many requests one instance
    serves at a time.
    """

    name: str
    runtime: str | None = None
    architecture: str | None = None
    memory_mb: int | None = None
    reserved: int | None = None
    provisioned: int | None = None
    most_instances: int | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests went: a URL, functions, or both.

    `provider` is "aws", "azure", "gcp", "local" for the local platform, or "" where it is not known. User and password
    are taken off the URL, and the values of its query are hidden.
    """

    url: str | None = None
    functions: tuple[TargetFunction, ...] = ()
    provider: str = ""
    region: str | None = None

    def __post_init__(self) -> None:
        if self.url is not None:
            object.__setattr__(self, "url", redacted(self.url))

    def __str__(self) -> str:
        return self.url or ", ".join(each.name for each in self.functions) or "unknown target"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {**asdict(self), "functions": [asdict(each) for each in self.functions]}

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Target:
        """Read what `as_json` gave."""
        return Target(**{**given, "functions": tuple(TargetFunction(**each) for each in given["functions"])})


def redacted(url: str) -> str:
    """Return a URL without its user, password and fragment, and with the values of its query hidden."""
    parts = urlsplit(url)
    query = "&".join(f"{name}={HIDDEN}" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def scrubbed(value: Any, secrets: Iterable[str]) -> Any:
    """Return JSON values with every secret in their texts and names hidden."""
    known = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def scrub(each: Any) -> Any:
        if isinstance(each, str):
            for secret in known:
                each = each.replace(secret, HIDDEN)
            return each
        if isinstance(each, Mapping):
            return {scrub(name): scrub(one) for name, one in each.items()}
        return [scrub(one) for one in each] if isinstance(each, (list, tuple)) else each

    return scrub(value)
