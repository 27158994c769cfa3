"""AWS CloudFormation's custom resources: what their function is asked to make, change and delete.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html (2026-11). A function
answers by a PUT to `ResponseURL`, which is good for two hours; its return value goes nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.values import arn
from pytest_serverless.events.shape import Field, Object, Scope, Shape, Value, field, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import TEXT, UUID, const, pattern, text

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["CloudformationEvents", "as_texts"]

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes"


def as_texts(value: Any) -> Any:
    """Return properties as CloudFormation sends them: every number and boolean is text, and nothing is null."""
    if isinstance(value, Mapping):
        return {str(key): as_texts(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [as_texts(item) for item in value if item is not None]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_texts(found: Any) -> bool:
    if isinstance(found, dict):
        return all(map(_is_texts, found.values()))
    return all(map(_is_texts, found)) if isinstance(found, list) else isinstance(found, str)


_SERVICE_TOKEN = Value(
    "arn",
    "an ARN of a function or a topic",
    lambda found: (
        isinstance(found, str) and found.startswith("arn:") and found.split(":")[2:3] in (["lambda"], ["sns"])
    ),
    lambda _: "arn:aws:lambda:us-east-1:123456789012:function:function",
)
_PROPERTY = Value("texts", "text, or lists and objects of texts", _is_texts, lambda _: "", as_texts)
_TYPE = pattern(
    "resource-type",
    "Custom::Name or AWS::CloudFormation::CustomResource",
    r"Custom::[\w@-]{1,60}|AWS::CloudFormation::CustomResource",
    lambda _: "AWS::CloudFormation::CustomResource",
)
_STACK_ID = arn(
    "cloudformation", r"stack/[A-Za-z][A-Za-z0-9-]*/[0-9a-f-]+", "stack/app/0f1b2c3d-0000-11ef-8000-0e0e0e0e0e0e"
)
_URL = pattern("url", "a URL", r"https?://.+", lambda _: "https://example.com/response")


def _properties(name: str) -> Field:
    return field(name, obj(field("ServiceToken", _SERVICE_TOKEN, derive=_token_of), others=_PROPERTY))


def _token_of(scope: Scope) -> Any:
    return scope.up["ServiceToken"]


def _shape(kind: str, *more: Field) -> Shape:
    node: Object = obj(
        field("RequestType", const(kind)),
        field("ServiceToken", _SERVICE_TOKEN),
        field("ResponseURL", _URL),
        field("StackId", _STACK_ID),
        field("RequestId", UUID),
        field("LogicalResourceId", text("Custom")),
        *more[:1],
        field("ResourceType", _TYPE),
        _properties("ResourceProperties"),
        *more[1:],
    )
    return Shape("aws.cloudformation", node, _claims(kind))


def _claims(kind: str) -> Callable[[Any], bool]:
    return lambda event: "ResponseURL" in event and event.get("RequestType") == kind


_PHYSICAL = field("PhysicalResourceId", TEXT)
CREATE = _shape("Create")
UPDATE = _shape("Update", _PHYSICAL, _properties("OldResourceProperties"))
DELETE = _shape("Delete", _PHYSICAL)


class RequestOptions(AwsCommon, total=False):
    """What any request about a custom resource may have."""

    function: str
    """The function's name, or ARN."""
    resource_type: str
    """The resource's type in the template: `Custom::Seed`."""
    stack: str
    """The stack's name, or ARN."""
    request_id: str
    """The request's id, a UUID."""


class CloudformationEvents(AwsEventSource):
    """AWS CloudFormation custom resources. Properties are sent as texts, whatever they are in the template."""

    name = "aws.cloudformation"

    @event_type("A custom resource is to be made", reference=f"{_REFERENCE}-create.html", shape=CREATE)
    def create(
        self,
        properties: Mapping[str, Any] | None = None,
        *,
        logical_id: str = "Custom",
        **options: Unpack[RequestOptions],
    ) -> Event:
        """Build the request to make a resource with `properties`."""
        return self._request(CREATE, logical_id, {"ResourceProperties": properties}, options)

    @event_type("A custom resource is to be changed", reference=f"{_REFERENCE}-update.html", shape=UPDATE)
    def update(
        self,
        properties: Mapping[str, Any] | None = None,
        *,
        old_properties: Mapping[str, Any] | None = None,
        physical_id: str = "custom-1",
        logical_id: str = "Custom",
        **options: Unpack[RequestOptions],
    ) -> Event:
        """Build the request to change a resource to `properties`; an answer with another id replaces it."""
        given = {"ResourceProperties": properties, "OldResourceProperties": old_properties}
        return self._request(UPDATE, logical_id, given, options, PhysicalResourceId=physical_id)

    @event_type("A custom resource is to be deleted", reference=f"{_REFERENCE}-delete.html", shape=DELETE)
    def delete(
        self,
        properties: Mapping[str, Any] | None = None,
        *,
        physical_id: str = "custom-1",
        logical_id: str = "Custom",
        **options: Unpack[RequestOptions],
    ) -> Event:
        """Build the request to delete a resource."""
        given = {"ResourceProperties": properties}
        return self._request(DELETE, logical_id, given, options, PhysicalResourceId=physical_id)

    def _request(
        self,
        shape: Shape,
        logical_id: str,
        properties: Mapping[str, Mapping[str, Any] | None],
        options: RequestOptions,
        **given: Any,
    ) -> Event:
        place = self.place(options)
        stack = options.get("stack", "app")
        stack = place.arn("cloudformation", stack if stack.startswith("arn:") else f"stack/{stack}/{self.mint.uuid()}")
        request_id = options.get("request_id") or self.mint.uuid()
        function = options.get("function", "function")
        token = place.arn("lambda", function if function.startswith("arn:") else f"function:{function}")
        return self.complete(
            shape,
            {
                **given,
                **{name: {**as_texts(value or {}), "ServiceToken": token} for name, value in properties.items()},
                "ServiceToken": token,
                "ResponseURL": self._url(place.region, f"{stack}|{logical_id}|{request_id}", place.dns_suffix),
                "StackId": stack,
                "RequestId": request_id,
                "LogicalResourceId": logical_id,
                "ResourceType": options.get("resource_type", "AWS::CloudFormation::CustomResource"),
            },
            options,
        )

    def _url(self, region: str, key: str, suffix: str) -> str:
        """Return a presigned URL of the service's own bucket."""
        host = f"cloudformation-custom-resource-response-{region.replace('-', '')}.s3.{region}.{suffix}"
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Expires": "7200",
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": self.mint.hex(64),
        }
        return f"https://{host}/{quote(key, safe='')}?{urlencode(query)}"
