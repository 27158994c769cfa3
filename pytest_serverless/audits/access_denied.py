"""The answer that a service gives to a call which its caller may not make, in each of AWS's protocols.

The words are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html (2026-11). What
services do differently was taken from their answers as people have reported them: SNS writes `SNS:Publish` and has a
code of its own, SQS writes `sqs:sendmessage`, S3 puts the resource in quotes. That SQS answers with 403 in its JSON
protocol too, as it did before, is not verified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from pytest_serverless.audits.iam_evaluate import Decision
from pytest_serverless.audits.iam_grants import Grants
from pytest_serverless.audits.iam_parameters import Parameters
from pytest_serverless.errors import InvalidParameterError

__all__ = ["DeniedCall", "Protocol", "denial"]

Protocol = Literal["ec2", "json", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"]

_CODES = {"sns": "AuthorizationError", "ec2": "UnauthorizedOperation"}
_BY_PROTOCOL = {"query": "AccessDenied", "rest-xml": "AccessDenied", "ec2": "UnauthorizedOperation"}
_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedCall:
    """A call that its caller may not make, by `decision`; `message` is what AWS says of it.

    `query_compatible` tells that the service once spoke the query protocol, and still has its error codes
    (`awsQueryCompatible` in botocore's metadata, as SQS and CloudWatch have it).
    """

    service: str
    operation: str
    decision: Decision
    message: str
    protocol: Protocol
    json_version: str = "1.0"
    query_compatible: bool = False

    @property
    def code(self) -> str:
        """The error's code, as `ClientError.response["Error"]["Code"]` has it."""
        by_protocol = "AccessDenied" if self.query_compatible else _BY_PROTOCOL.get(self.protocol)
        return _CODES.get(self.service) or by_protocol or "AccessDeniedException"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 400 if self.protocol in ("json", "smithy-rpc-v2-cbor") and not self.query_compatible else 403

    def response(self, request_id: str = _REQUEST_ID) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer, as the protocol has them.

        The answer to a HEAD request has no body: botocore raises it with the code `403`.
        """
        headers, body = _WRITERS[self.protocol](self, request_id)
        if self.query_compatible:
            headers["x-amzn-query-error"] = f"{self.code};Sender"
        if self.service == "s3" and self.operation.startswith("Head"):
            body = b""
        return self.status, {**headers, "x-amzn-requestid": request_id}, body


def _json(denied: DeniedCall, request_id: str) -> tuple[dict[str, str], bytes]:
    kind = f"com.amazon.coral.service#{'AccessDeniedException' if denied.query_compatible else denied.code}"
    body = json.dumps({"__type": kind, "Message": denied.message}, ensure_ascii=False)
    return {"content-type": f"application/x-amz-json-{denied.json_version}"}, body.encode()


def _rest_json(denied: DeniedCall, request_id: str) -> tuple[dict[str, str], bytes]:
    headers = {"content-type": "application/json", "x-amzn-errortype": denied.code}
    return headers, json.dumps({"Message": denied.message}, ensure_ascii=False).encode()


def _rest_xml(denied: DeniedCall, request_id: str) -> tuple[dict[str, str], bytes]:
    error = f"<Code>{denied.code}</Code><Message>{escape(denied.message)}</Message>"
    if denied.service == "s3":
        text = f"<Error>{error}<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
    else:
        text = _error_response(error, request_id)
    return {"content-type": "application/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _query(denied: DeniedCall, request_id: str) -> tuple[dict[str, str], bytes]:
    error = f"<Code>{denied.code}</Code><Message>{escape(denied.message)}</Message>"
    return {"content-type": "text/xml"}, _error_response(error, request_id).encode()


def _error_response(error: str, request_id: str) -> str:
    inner = f"<Error><Type>Sender</Type>{error}</Error><RequestId>{request_id}</RequestId>"
    return f"<ErrorResponse>{inner}</ErrorResponse>"


def _ec2(denied: DeniedCall, request_id: str) -> tuple[dict[str, str], bytes]:
    error = f"<Error><Code>{denied.code}</Code><Message>{escape(denied.message)}</Message></Error>"
    text = f"<Response><Errors>{error}</Errors><RequestID>{request_id}</RequestID></Response>"
    return {"content-type": "text/xml"}, text.encode()


def _cbor(denied: DeniedCall, request_id: str) -> tuple[dict[str, str], bytes]:
    """Write a map of two texts: all that an error needs of CBOR (RFC 8949)."""
    fields = {"__type": f"com.amazon.coral.service#{denied.code}", "message": denied.message}
    texts = b"".join(_cbor_text(text) for pair in fields.items() for text in pair)
    return {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, b"\xa2" + texts


def _cbor_text(text: str) -> bytes:
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded


_WRITERS = {
    "ec2": _ec2,
    "json": _json,
    "query": _query,
    "rest-json": _rest_json,
    "rest-xml": _rest_xml,
    "smithy-rpc-v2-cbor": _cbor,
}


def denial(
    service: str,
    operation: str,
    parameters: Parameters,
    *,
    grants: Grants,
    protocol: str,
    metadata: Mapping[str, object] | None = None,
) -> DeniedCall | None:
    """Return why a call is denied, or None where it is allowed.

    `service` and `operation` are botocore's names; `protocol` is the one that the client speaks, and `metadata` that of
    its service model (`jsonVersion`, `awsQueryCompatible`). What is not evaluated is never allowed: such a call is
    denied too, and `decision.verdict` tells it apart.
    """
    if protocol not in _WRITERS:
        raise InvalidParameterError(f"{protocol!r} is no protocol of AWS's; there are {', '.join(_WRITERS)}.")
    decision = next((each for each in grants.judge(service, operation, parameters) if not each.allowed), None)
    if decision is None:
        return None
    facts = metadata or {}
    return DeniedCall(
        service=service,
        operation=operation,
        decision=decision,
        message=_message(service, grants.caller.session_arn, decision),
        protocol=protocol,  # type: ignore[arg-type]  # it was looked up above
        json_version=str(facts.get("jsonVersion") or "1.0"),
        query_compatible="awsQueryCompatible" in facts,
    )


def _message(service: str, user: str, decision: Decision) -> str:
    action = _spelled(service, decision.request.action)
    resource = decision.request.resource or "*"
    about = f'"{resource}"' if service == "s3" else resource
    if decision.explicit:
        article = "an" if decision.kind.startswith("i") else "a"
        why = f"with an explicit deny in {article} {decision.kind}"
    else:
        why = f"because no {decision.kind} allows the {action} action"
    return f"User: {user} is not authorized to perform: {action} on resource: {about} {why}"


def _spelled(service: str, action: str) -> str:
    if service == "sns":
        return action.replace("sns:", "SNS:", 1)
    return action.lower() if service == "sqs" else action
