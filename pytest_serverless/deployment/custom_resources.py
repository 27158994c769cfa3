"""CloudFormation's custom resources: made by a function of the application, which answers to a URL.

One is made when a test needs it: when a function is invoked whose environment refers to it, when the test asks for its
reference or an attribute, or for the resource itself. It is made anew for each test that does, as mocked backends are
as new for each test. What other resources have of it in their properties stays what stands for it in the template.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html (2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from pytest_serverless.app.model import App, Function, Resource
from pytest_serverless.backends.functions import FunctionCaller
from pytest_serverless.deployment.functions import is_custom
from pytest_serverless.errors import ProvisioningError, UnknownNameError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Outcome
from pytest_serverless.templates.naming import Stack

__all__ = ["CustomResource", "CustomResources"]

_MOST = 4096
"""The bytes that an answer may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a custom resource could not be made, changed or deleted."""

    id: str
    type: str
    property: str
    said: str
    origin: Any

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        return f"{place}{self.id} ({self.type}): {self.said}"


@dataclass(slots=True)
class CustomResource:
    """One custom resource that was made: `physical_id` is what `Ref` gives, `attributes` what `GetAtt` gives.

    `update` and `delete` ask its function as CloudFormation does when a stack is updated or deleted.
    """

    id: str
    properties: Mapping[str, Any]
    _send: Callable[..., Mapping[str, Any]]
    physical_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def _create(self) -> None:
        self._took(self._send("create", self.properties))

    def update(self, properties: Mapping[str, Any]) -> None:
        """Change the resource to these properties; where it answers with another id, the old one is deleted."""
        old, before = self.properties, self.physical_id
        self._took(self._send("update", properties, old_properties=old, physical_id=before))
        self.properties = properties
        if self.physical_id != before:
            self._send("delete", old, physical_id=before)

    def delete(self) -> None:
        """Delete the resource."""
        self._send("delete", self.properties, physical_id=self.physical_id)

    def _took(self, answer: Mapping[str, Any]) -> None:
        self.physical_id, self.attributes = answer["PhysicalResourceId"], answer.get("Data") or {}


class CustomResources:
    """The custom resources of an application in one test."""

    def __init__(self, app: App, call: FunctionCaller, events: AwsEvents) -> None:
        self._app = app
        self._call = call
        self._events = events
        self._stack_id = Stack(app.name, app.region).id
        self._resources = {each.id: each for each in app.resources.values() if is_custom(each)}
        self._made: dict[str, CustomResource] = {}
        self._making: set[str] = set()

    def __contains__(self, id: object) -> bool:  # noqa: A002  # the template's word for it
        return id in self._resources

    def __getitem__(self, id: str) -> CustomResource:  # noqa: A002  # the template's word for it
        """Return a custom resource, made if it has not been in this test."""
        if id not in self._resources:
            raise UnknownNameError(f"custom resource of {self._app.template.name}", id, self._resources)
        if id not in self._made:
            self._make(self._resources[id])
        return self._made[id]

    def ref(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return what `Ref` gives."""
        return self[id].physical_id

    def attribute(self, id: str, name: str) -> Any:  # noqa: A002  # the template's word for it
        """Return what `GetAtt` gives."""
        found = _inside(self[id].attributes, name.replace(".", "-"))
        if found is None:
            said = f"Vendor response doesn't contain {name} key: it has {', '.join(self[id].attributes) or 'none'}"
            raise self._error(self._resources[id], f"CustomResource attribute error: {said}")
        return found

    def variables(self, function: Function) -> dict[str, str]:
        """Return those of a function's environment variables that custom resources have values in, with these."""
        filled = {name: self.fill(value) for name, value in function.environment.items()}
        return {name: value for name, value in filled.items() if value != function.environment[name]}

    def fill(self, value: Any) -> Any:
        """Return values of the template with what custom resources answered, where something stands for that."""
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(item) for item in value]
        return self._fill_text(value) if isinstance(value, str) else value

    def _fill_text(self, text: str) -> str:
        for resource in self._resources.values():
            if resource.id in text and resource.id not in self._making:
                text = _attribute_in(resource).sub(partial(self._found, resource), text)
        return text

    def _found(self, resource: Resource, match: re.Match[str]) -> str:
        """Return what a reference gives, with what follows it in the text."""
        if match["attribute"] is None:
            return self.ref(resource.id)
        for end in _ends(match["attribute"]):
            value = _inside(self[resource.id].attributes, match["attribute"][:end])
            if value is not None:
                return f"{value}{self._fill_text(match['attribute'][end:])}"
        return str(self.attribute(resource.id, match["attribute"]))

    def _make(self, resource: Resource) -> None:
        self._making.add(resource.id)
        try:
            properties = {name: self.fill(value) for name, value in resource.properties.items()}
            made = CustomResource(resource.id, properties, partial(self._send, resource))
            made._create()  # noqa: SLF001  # for whom has one there is nothing to create
            self._made[resource.id] = made
        finally:
            self._making.discard(resource.id)

    def _send(self, resource: Resource, kind: str, properties: Mapping[str, Any], **given: Any) -> Mapping[str, Any]:
        """Ask the function, and return what it uploaded."""
        token = str(properties.get("ServiceToken", ""))
        build = getattr(self._events.cloudformation, kind)
        event: Event = build(
            {name: value for name, value in properties.items() if name not in ("ServiceToken", "ServiceTimeout")},
            function=token,
            logical_id=resource.id,
            resource_type=resource.type,
            stack=self._stack_id,
            **given,
        )
        if ":lambda:" not in token:
            raise self._error(resource, f"its ServiceToken {token!r} is no function's ARN")
        from pytest_serverless.backends.upload import uploads_to

        answers: list[bytes] = []
        with uploads_to(urlsplit(event["ResponseURL"]).hostname or "", lambda _, __, body: answers.append(body)):
            cause = f"cloudformation:{event['RequestType']} {resource.id}"
            outcome = self._call(token, event, cause=cause, answered=True)
        return self._judged(resource, event, outcome, answers)

    def _judged(
        self, resource: Resource, event: Event, outcome: Outcome | None, answers: list[bytes]
    ) -> Mapping[str, Any]:
        if outcome is None:
            raise self._error(resource, f"its function {event['ServiceToken']} is none of the application's")
        if not answers:
            ended = f"{outcome.failure.type}: {outcome.failure.message}" if outcome.failure else "without an error"
            raise self._error(
                resource,
                f"its function ended ({ended}) and uploaded no answer to ResponseURL, for which CloudFormation waits "
                "an hour",
            )
        answer = _read(answers[0])
        problem = _problem(answer, answers[0], event)
        if problem:
            raise self._error(resource, problem)
        return answer

    def _error(self, resource: Resource, said: str) -> ProvisioningError:
        fault = Fault(id=resource.id, type=resource.type, property="", said=said, origin=resource.origin)
        return ProvisioningError(self._app.name, [fault])


def _ends(text: str) -> list[int]:
    """Return where an attribute's name may end in text that begins with it: at its end, or before a hyphen."""
    return [len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] == "-")]


def _inside(data: Mapping[str, Any], name: str) -> Any:
    """Return an attribute by its name with hyphens for dots, as it stands in the stand-in; None if there is none."""
    for key, value in data.items():
        plain = key.replace(".", "-")
        if plain == name:
            return value
        if isinstance(value, Mapping) and name.startswith(f"{plain}-"):
            return _inside(value, name[len(plain) + 1 :])
    return None


def _attribute_in(resource: Resource) -> re.Pattern[str]:
    """Return what finds a resource's reference in text, and the stand-ins of its attributes, an ARN's with its head."""
    arn = r"(?:arn:[\w-]+:[\w-]*:[\w-]*:\d*:)?"
    name = re.escape(resource.name)
    return re.compile(rf"{name}(?![\w-])|(?<![A-Za-z0-9]){arn}{re.escape(resource.id)}-(?P<attribute>[A-Za-z][\w-]*)")


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}


def _problem(answer: Mapping[str, Any], body: bytes, event: Event) -> str | None:
    """Say what is wrong with an answer, or what it says is wrong."""
    if len(body) > _MOST:
        return f"Response object is too long: {len(body)} bytes, {_MOST} at most"
    if answer.get("Status") == "FAILED":
        return f"it answered FAILED: {answer.get('Reason') or 'no Reason given'}"
    if answer.get("Status") != "SUCCESS":
        return f"its answer has the Status {answer.get('Status')!r}; it must be SUCCESS or FAILED"
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(name) != event[name]:
            return f"its answer has the {name} {answer.get(name)!r}; it must be that of the request, {event[name]!r}"
    if event["RequestType"] != "Delete" and not isinstance(answer.get("PhysicalResourceId"), str):
        return "Invalid PhysicalResourceId: the answer has none that is text"
    return None
