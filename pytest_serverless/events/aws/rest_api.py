"""Amazon API Gateway, REST APIs: the event of a Lambda proxy integration.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (2026-11),
and recordings of the service for what that page leaves out: maps with nothing in them are null, path and path
parameters stay percent-encoded, query values do not, single-value maps hold the last value, and only edge-optimised
endpoints have the headers of CloudFront.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.http_identity import Caller, claims_as_text
from pytest_serverless.events.aws.http_request import HttpOptions, Request, check_route, path_on, read_request
from pytest_serverless.events.aws.http_values import TEST_STAGE, canonical, context_path, decode_query, long_time
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.aws.rest_api_shape import REQUEST, is_plain_path, one_slash
from pytest_serverless.events.aws.source import AwsEventSource
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.source import Event, event_type

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["RestApiEvents", "RestOptions"]

_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_REFERENCE = f"{_DOCS}/set-up-lambda-proxy-integrations.html"


class RestOptions(HttpOptions, total=False):
    """What a request to a REST API may have."""

    resource: str
    """The resource's path, as /orders/{id} or /{proxy+}; by default the path, or /{proxy+} where none is so named."""
    path_parameters: Mapping[str, str]
    """The values of the resource's parameters, not encoded; the path follows from them unless it is given."""
    stage: str
    """The stage the API is deployed to."""
    stage_variables: Mapping[str, str]
    """The stage's variables."""
    endpoint: Literal["regional", "edge", "private"]
    """The kind of endpoint: edge has CloudFront's headers, private the VPC's."""
    api_id: str
    """The API's id: 10 lower-case letters and digits."""


class RestApiEvents(AwsEventSource):
    """Requests to a REST API of API Gateway, as its Lambda proxy integration sends them."""

    name = "aws.rest_api"

    @event_type("A request to a REST API", reference=_REFERENCE, shape=REQUEST)
    def request(self, method: str = "GET", path: str | None = None, **options: Unpack[RestOptions]) -> Event:
        """Build the event of one request.

        `path` is as in a URL and may carry a query; what a URL cannot carry is percent-encoded, as clients do.
        """
        return self._request(method, path, options)

    @event_type(
        "A request that a Lambda authorizer let in",
        reference=f"{_DOCS}/apigateway-use-lambda-authorizer.html",
        shape=REQUEST,
    )
    def lambda_authorizer(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        principal: str = "user",
        context: Mapping[str, Any] | None = None,
        **options: Unpack[RestOptions],
    ) -> Event:
        """Build a request whose authorizer returned `principal` and `context`; numbers in it arrive as text."""
        authorizer = {"principalId": principal, "integrationLatency": 42, **claims_as_text(context or {})}
        return self._request(method, path, options, authorizer=authorizer, headers={"Authorization": "Bearer token"})

    @event_type(
        "A request with a token of a Cognito user pool",
        reference=f"{_DOCS}/apigateway-integrate-with-cognito.html",
        shape=REQUEST,
    )
    def cognito_authorizer(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        claims: Mapping[str, Any] | None = None,
        **options: Unpack[RestOptions],
    ) -> Event:
        """Build a request with an ID token; `claims` come on top of the usual ones, and all arrive as text."""
        authorizer = {"claims": _cognito_claims(self.mint, self.place(options), claims or {})}
        return self._request(method, path, options, authorizer=authorizer, headers={"Authorization": "Bearer eyJ0"})

    @event_type("A request signed with IAM credentials", reference=f"{_DOCS}/permissions.html", shape=REQUEST)
    def iam(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        caller: str | None = None,
        **options: Unpack[RestOptions],
    ) -> Event:
        """Build a request of a method with IAM authorization; `caller` is the ARN of a user or a role's session."""
        return self._request(method, path, options, identity=self._signed_by(caller, options))

    @event_type("A request with an API key", reference=f"{_DOCS}/api-gateway-api-usage-plans.html", shape=REQUEST)
    def api_key(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        api_key: str | None = None,
        api_key_id: str | None = None,
        **options: Unpack[RestOptions],
    ) -> Event:
        """Build a request of a method that demands an API key, sent as x-api-key."""
        key = api_key or self.mint.alphanumeric(40)
        identity = {"apiKey": key, "apiKeyId": api_key_id or self.mint.hex(10)}
        return self._request(method, path, options, identity=identity, headers={"x-api-key": key})

    @event_type("A request with a client certificate", reference=f"{_DOCS}/rest-api-mutual-tls.html", shape=REQUEST)
    def mutual_tls(
        self,
        method: str = "GET",
        path: str | None = None,
        *,
        subject: str = "CN=client.example.com",
        issuer: str = "CN=Example issuer",
        **options: Unpack[RestOptions],
    ) -> Event:
        """Build a request over mutual TLS; it comes by a custom domain, the only way to ask for certificates."""
        options.setdefault("domain_name", "api.example.com")
        certificate = {"subjectDN": subject, "issuerDN": issuer}
        return self._request(method, path, options, identity={"clientCert": certificate})

    @event_type(
        "The console's Test button, and TestInvokeMethod", reference=f"{_DOCS}/how-to-test-method.html", shape=REQUEST
    )
    def test_invoke(self, method: str = "GET", path: str | None = None, **options: Unpack[RestOptions]) -> Event:
        """Build what a method gets when it is tested: no headers but the given ones, and no deployment."""
        for name in ("stage", "domain_name", "endpoint"):
            if name in options:
                raise InvalidParameterError(f"A method is tested without {name}: the console asks no deployed API.")
        options["stage"] = TEST_STAGE
        options["domain_name"] = "testPrefix.testDomainName"
        identity = {
            **self._signed_by(None, options),
            "apiKey": "test-invoke-api-key",
            "apiKeyId": "test-invoke-api-key-id",
            "sourceIp": "test-invoke-source-ip",
        }
        return self._request(method, path, options, identity=identity)

    def _signed_by(self, arn: str | None, options: RestOptions) -> dict[str, str]:
        caller = Caller.read(self.mint, self.place(options), arn)
        return {
            "accountId": caller.account,
            "caller": caller.principal,
            "accessKey": caller.access_key,
            "userArn": caller.arn,
            "user": caller.principal,
        }

    def _request(
        self,
        method: str,
        path: str | None,
        options: RestOptions,
        *,
        authorizer: Mapping[str, Any] | None = None,
        identity: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Event:
        """Fill the shape; `headers` are sent unless the test gives others of the same names."""
        place, mint, stage = self.place(options), self.mint, options.get("stage", "prod")
        parameters = options.get("path_parameters")
        request = read_request(mint, method, path_on(options.get("resource"), path, parameters), options)
        event_path = one_slash(request.path)
        resource = options.get("resource") or (event_path if is_plain_path(event_path) else "/{proxy+}")
        check_route(resource, event_path, request.domain, parameters)
        api_id = options.get("api_id") or mint.hex(10)
        vpc = _vpc(mint) if options.get("endpoint") == "private" else {}
        prefix = f"{api_id}-{vpc['vpceId']}" if vpc else api_id
        domain = request.domain or f"{prefix}.execute-api.{place.region}.{place.dns_suffix}"
        context: dict[str, Any] = {
            "path": context_path(domain, stage, request.path),
            "accountId": place.account,
            "stage": stage,
            "requestTimeEpoch": mint.now_ms(),
            "identity": {"sourceIp": request.source_ip, "userAgent": request.user_agent, **vpc, **(identity or {})},
            "domainName": domain,
            "apiId": api_id,
        }
        if authorizer is not None:
            context["authorizer"] = authorizer
        given = {
            "resource": resource,
            "path": event_path,
            "httpMethod": request.method,
            "multiValueHeaders": _headers(mint, request, domain, options, {**(headers or {}), **_vpc_headers(vpc)})
            or None,
            "multiValueQueryStringParameters": decode_query(request.query) or None,
            "stageVariables": dict(options.get("stage_variables", {})) or None,
            "requestContext": context,
            **_body(request),
        }
        return self.complete(REQUEST, given, options)


def _body(request: Request) -> dict[str, Any]:
    if isinstance(request.body, bytes):
        return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
    return {"body": request.body, "isBase64Encoded": False}


def _headers(
    mint: Mint,
    request: Request,
    domain: str,
    options: RestOptions,
    extra: Mapping[str, str],
) -> dict[str, list[str]]:
    """Return the headers as the gateway hands them on, in the order of their names."""
    if options.get("stage") == TEST_STAGE:
        given = {name.lower() for name in options.get("headers", {})}
        return {canonical(name): values for lower, (name, values) in request.headers.items() if lower in given}
    headers = {canonical(name): values for name, values in request.headers.values()}
    for name, value in extra.items():
        if name.lower() not in request.headers:
            headers[name] = [value]
    forwarded = ", ".join([*headers.pop("X-Forwarded-For", []), request.source_ip])
    headers["Host"] = [domain]
    if options.get("endpoint") != "private":
        headers.setdefault("X-Amzn-Trace-Id", [f"Root=1-{int(mint.now()):08x}-{mint.hex(24)}"])
        headers |= {"X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]}
    if options.get("endpoint") == "edge":
        forwarded += f", 130.176.{mint.number(0, 255)}.{mint.number(1, 254)}"
        headers |= _cloudfront_headers(mint)
    headers["X-Forwarded-For"] = [forwarded]
    return dict(sorted(headers.items(), key=lambda item: item[0].lower()))


def _cloudfront_headers(mint: Mint) -> dict[str, list[str]]:
    return {
        "CloudFront-Forwarded-Proto": ["https"],
        "CloudFront-Is-Desktop-Viewer": ["true"],
        "CloudFront-Is-Mobile-Viewer": ["false"],
        "CloudFront-Is-SmartTV-Viewer": ["false"],
        "CloudFront-Is-Tablet-Viewer": ["false"],
        "CloudFront-Viewer-ASN": ["64496"],
        "CloudFront-Viewer-Country": ["US"],
        "Via": [f"1.1 {mint.hex(32)}.cloudfront.net (CloudFront)"],
        "X-Amz-Cf-Id": [mint.base64(40).replace("+", "-").replace("/", "_")],
    }


def _vpc(mint: Mint) -> dict[str, str]:
    return {"vpcId": f"vpc-0{mint.hex(16)}", "vpceId": f"vpce-0{mint.hex(16)}"}


def _vpc_headers(vpc: Mapping[str, str]) -> dict[str, str]:
    if not vpc:
        return {}
    return {
        "x-amzn-cipher-suite": "ECDHE-RSA-AES128-GCM-SHA256",
        "x-amzn-tls-version": "TLSv1.2",
        "x-amzn-vpc-id": vpc["vpcId"],
        "x-amzn-vpce-config": "1",
        "x-amzn-vpce-id": vpc["vpceId"],
    }


def _cognito_claims(mint: Mint, place: Place, claims: Mapping[str, Any]) -> dict[str, str]:
    """Return an ID token's claims as a REST API has them: exp and iat are dates, every other number is digits."""
    now, user = mint.now_ms() // 1000, mint.uuid()
    usual = {
        "sub": user,
        "iss": f"https://cognito-idp.{place.region}.{place.dns_suffix}/{place.region}_{mint.alphanumeric(9)}",
        "cognito:username": user,
        "origin_jti": mint.uuid(),
        "aud": mint.hex(26),
        "event_id": mint.uuid(),
        "token_use": "id",
        "auth_time": now,
        "exp": now + 3600,
        "iat": now,
        "jti": mint.uuid(),
    }
    whole = {**usual, **claims}
    dates = {name: long_time(whole[name]) for name in ("exp", "iat") if type(whole[name]) is int}
    return claims_as_text({**whole, **dates})
