"""What only Azure Functions knows of a function."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AzureSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureSettings:
    """The function app that a function is in."""

    site: str = "test-app"

    @property
    def host(self) -> str:
        """The app's host name."""
        return f"{self.site}.azurewebsites.net"
