"""Text without its secrets: for messages, results and reports."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

__all__ = ["HIDDEN", "redact"]

HIDDEN = "***"
_SHORTEST = 4
_NAMES = (
    r"access_?token|refresh_?token|id_?token|client_?secret|client_?assertion|secret_?hash|secret_?key|password|"
    r"api_?key|x-api-key|x-functions-key|x-amz-security-token|x-amz-credential|x-amz-signature|signature|sig|code|"
    r"x-serverless-authorization|authorization|set-cookie|cookie|secretaccesskey|sessiontoken"
)
_PATTERNS = (
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"), HIDDEN),  # a JWT, or an encrypted one
    (re.compile(r"(?i:\b(bearer|basic))(\s+)(?=[a-z]*[A-Z\d_~+/=-])[\w.~+/=-]{4,}"), rf"\1\2{HIDDEN}"),
    (re.compile(rf"(?i)([?&;,\s]|^)({_NAMES})=(?!{re.escape(HIDDEN)})[^&\s\"',;]+"), rf"\1\2={HIDDEN}"),
    (re.compile(rf"(?i)([\"']?\b(?:{_NAMES})[\"']\s*:\s*)([\"'])(?:\\.|(?!\2)[^\\])*\2"), rf"\1\2{HIDDEN}\2"),
    (re.compile(rf"(?im)^(\s*(?:{_NAMES})\s*:\s*)(?![\"'\s])[^\r\n]+"), rf"\1{HIDDEN}"),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without these secrets, however they are encoded, and without what looks like one.

    That is a JWT, `Bearer …` and `Basic …`, and the value of a header, a query parameter or a JSON member that by its
    name is secret. A secret of under 4 characters is not looked for: it would be found everywhere.
    """
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _forms(secret: str) -> Iterable[str]:
    """Yield the secret as it may stand in a URL, a form, JSON or a header."""
    encoded = base64.b64encode(secret.encode()).decode()
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), encoded)
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
