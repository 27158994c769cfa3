"""Who calls over HTTP: client certificates, IAM callers, claims of a token.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.aws.values import ACCOUNT, is_arn
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING, Value, field, list_of, map_of, nullable, obj
from pytest_serverless.events.values import TEXT, pattern

__all__ = [
    "ACCESS_KEY",
    "CLIENT_CERTIFICATE",
    "IAM_AUTHORIZER",
    "JWT_AUTHORIZER",
    "PRINCIPAL_ARN",
    "PRINCIPAL_ID",
    "Caller",
    "claims_as_text",
]

ACCESS_KEY = pattern("access-key", "an access key id", r"A[A-Z0-9]{15,}", lambda mint: f"ASIA{mint.alphanumeric(16)}")
PRINCIPAL_ID = pattern(
    "principal-id",
    "a user's id (AIDA…), or a role's with its session (AROA…:session)",
    r"A[A-Z0-9]{15,}(:[\w+=,.@-]{2,64})?|\d{12}",
    lambda mint: f"AIDA{mint.alphanumeric(17)}",
)
PRINCIPAL_ARN = Value(
    "principal-arn",
    "the ARN of a user, role session or root",
    is_arn,
    lambda _: "arn:aws:iam::123456789012:user/alice",
)
_CERTIFICATE_TEXT = """-----BEGIN CERTIFICATE-----
MIIBMzCB2aADAgECAhEAoaGhoaGhoaGhoaGhoaGhoTAKBggqhkjOPQQDAjAZMRcw
FQYDVQQDDA5FeGFtcGxlIGlzc3VlcjAeFw0yNDAxMDEwMDAwMDBaFw00OTAxMDEw
MDAwMDBaMB0xGzAZBgNVBAMMEmNsaWVudC5leGFtcGxlLmNvbTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABBzHajCaCnW7qurymtxn9aX4trS7LidAY2OY+VUJW7Ap
gGyn8G7RkeOHD/VKEwnjAHZeSk4eJ+65cdjOlLQnFjMwCgYIKoZIzj0EAwIDSQAw
RgIhAJukmIvO90evoZKuTxKCfQMhmgwVFHifEOIKTl7z4EjaAiEA2BiBnPdXDgrV
Mi19u1t93MDZ90hA5vlX9PWJIGCvggU=
-----END CERTIFICATE-----
"""


def _minted(text: str, expected: str) -> Value:
    return pattern("certificate", expected, r".+", lambda _: text)


def _certificate_time(text: str) -> Value:
    regex = r"[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d \d{4} GMT"
    return pattern("certificate-time", f"a time as {text}", regex, lambda _: text)


CLIENT_CERTIFICATE = obj(
    field(
        "clientCertPem",
        pattern("pem", "a certificate in PEM", r"\s*-----BEGIN CERTIFICATE-----.*", lambda _: _CERTIFICATE_TEXT),
    ),
    field("subjectDN", _minted("CN=client.example.com", "the subject's distinguished name")),
    field("issuerDN", _minted("CN=Example issuer", "the issuer's distinguished name")),
    field("serialNumber", _minted(":".join(["a1"] * 16), "the serial number")),
    field(
        "validity",
        obj(
            field("notBefore", _certificate_time("Jan  1 00:00:00 2024 GMT")),
            field("notAfter", _certificate_time("Jan  1 00:00:00 2049 GMT")),
        ),
    ),
)
"""The caller's certificate, with mutual TLS; one that can be parsed unless another is given."""

IAM_AUTHORIZER = obj(
    field("accessKey", ACCESS_KEY),
    field("accountId", ACCOUNT),
    field("callerId", PRINCIPAL_ID),
    field(
        "cognitoIdentity",
        nullable(obj(field("amr", list_of(TEXT)), field("identityId", TEXT), field("identityPoolId", TEXT))),
    ),
    field("principalOrgId", nullable(TEXT)),
    field("userArn", PRINCIPAL_ARN),
    field("userId", PRINCIPAL_ID),
)

_CLAIM = Value(
    "claim",
    "text: every claim of a token is sent as text",
    lambda found: isinstance(found, str),
    lambda _: "",
    lambda found: MISSING if found is None else claim_as_text(found),
)
CLAIMS = map_of(pattern("claim-name", "the name of a claim", r".+", lambda _: "sub"), _CLAIM)
JWT_AUTHORIZER = obj(field("claims", CLAIMS), field("scopes", nullable(list_of(TEXT, least=0))))


def claim_as_text(claim: Any) -> str:
    """Write a claim as API Gateway does: numbers and booleans as text, a list as [a b]."""
    if isinstance(claim, bool):
        return "true" if claim else "false"
    if isinstance(claim, (list, tuple)):
        return f"[{' '.join(claim_as_text(one) for one in claim)}]"
    return str(claim)


def claims_as_text(claims: Mapping[str, Any]) -> dict[str, str]:
    """Write all claims as text."""
    return {name: claim_as_text(claim) for name, claim in claims.items()}


_USER_ARN = re.compile(r"arn:[a-z-]+:(iam|sts)::(\d{12}):(user/.+|assumed-role/[^/]+/([^/]+)|root)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request with IAM credentials."""

    arn: str
    account: str
    access_key: str
    principal: str

    @property
    def authorizer(self) -> dict[str, str]:
        """What payload format 2.0 says of the caller."""
        return {
            "accessKey": self.access_key,
            "accountId": self.account,
            "callerId": self.principal,
            "userArn": self.arn,
            "userId": self.principal,
        }

    @classmethod
    def read(cls, mint: Mint, place: Place, arn: str | None) -> Caller:
        """Read a user's or role session's ARN; by default the user alice of the account."""
        arn = arn or f"arn:{place.partition}:iam::{place.account}:user/alice"
        match = _USER_ARN.fullmatch(arn)
        if match is None:
            raise InvalidParameterError(
                f"caller is the ARN of a user (arn:aws:iam::123456789012:user/alice) or of a role's session "
                f"(arn:aws:sts::123456789012:assumed-role/admin/session), got {arn!r}."
            )
        _, account, kind, session = match.groups()
        if kind == "root":
            return cls(arn, account, f"AKIA{mint.alphanumeric(16)}", account)
        if session:
            return cls(arn, account, f"ASIA{mint.alphanumeric(16)}", f"AROA{mint.alphanumeric(17)}:{session}")
        return cls(arn, account, f"AKIA{mint.alphanumeric(16)}", f"AIDA{mint.alphanumeric(17)}")
