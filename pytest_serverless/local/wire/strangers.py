"""Who may control, or call, what listens on this machine: no page of elsewhere, no name that was made to point here."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pytest_serverless.local.wire.messages import Asked

__all__ = ["foreign_page", "stranger"]

_ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  # what is compared with


def stranger(asked: Asked, host: str) -> str:
    """Say why a request to a listener at `host` is not from the machine's owner; empty where it may be."""
    hosts = [value for name, value in asked.headers if name.lower() == "host"]
    if len(hosts) > 1 or not _is_ours(hosts[0] if hosts else "", host):
        return f"The Host {', '.join(hosts)!r} is not this platform's: ask it by its address."
    origins = [value for name, value in asked.headers if name.lower() == "origin"]
    if any(origin.lower() != f"http://{hosts[0]}".lower() for origin in origins):
        return f"Pages of {', '.join(origins)} may not control this platform."
    return ""


def foreign_page(asked: Asked) -> str:
    """Say why a request is none that a page of this machine's own sends; empty where no page sent it, or one of these.

    A browser lets every page post to this machine, and tells with it where the page is from.
    """
    origins = [value for name, value in asked.headers if name.lower() == "origin"]
    for origin in origins:
        if not _is_ours(origin.partition("://")[2], "localhost"):
            return f"A page of {origin} may not call functions on this machine."
    return ""


def _is_ours(asked_for: str, host: str) -> bool:
    """Tell whether a Host is a name or an address of this machine's, whatever the port."""
    try:
        name = (urlsplit(f"//{asked_for}").hostname or "").lower()
    except ValueError:
        return False
    if name in {"localhost", host.lower()}:
        return bool(name)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name.endswith(".localhost")  # it cannot be anybody else's: RFC 6761
    return address.is_loopback or host in _ANY_ADDRESS
