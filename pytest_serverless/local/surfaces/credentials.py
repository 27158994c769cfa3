"""What an authorizer would say of a request: credentials are read here, and not verified.

Nothing on one machine could: there are no keys of the identity provider's, and no secrets of IAM users. A request that
comes with credentials of the right kind is let through with what they say; one without is refused, as at the service.
The function of a Lambda authorizer is not run.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

from pytest_serverless.web.request import Authorizer, Request

__all__ = ["credentials"]


def credentials(kind: str, request: Request) -> Authorizer:
    """Return what an authorizer of a kind (`iam`, `jwt`, `cognito`, `lambda`) says; None without credentials."""
    sent = request.headers.get("authorization", "").strip()
    if kind == "iam":
        return {} if sent.startswith("AWS4-") or "X-Amz-Signature=" in request.query else None
    if kind == "lambda":
        return {} if sent else None
    claims = _claims(sent.partition(" ")[2].strip() if sent.lower().startswith("bearer ") else sent)
    return None if claims is None else {"claims": claims, "scopes": None}


def _claims(token: str) -> Mapping[str, Any] | None:
    """Return the claims of a token that has not expired."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(claims, dict):
        return None
    expires = claims.get("exp")
    return None if isinstance(expires, (int, float)) and expires < time.time() else claims
