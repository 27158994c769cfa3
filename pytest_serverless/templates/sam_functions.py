"""`AWS::Serverless::Function`: the function, its role, its alias, its URL, its destinations, and its events."""

from __future__ import annotations

import hashlib
from typing import Any

from pytest_serverless.errors import near_misses, or_list, shorten
from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.sam import Sam
from pytest_serverless.templates.sam_policies import Role

__all__ = ["Function", "arn_of", "function", "hashed", "statement"]

# Properties that Lambda's own resource has, too.
PASSED = (
    "Architectures",
    "CodeSigningConfigArn",
    "Description",
    "DurableConfig",
    "EphemeralStorage",
    "FileSystemConfigs",
    "FunctionName",
    "FunctionScalingConfig",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "TenancyConfig",
    "Timeout",
    "VpcConfig",
)

# Properties that are SAM's alone.
OWN = (
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "CodeUri",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Environment",
    "EventInvokeConfig",
    "Events",
    "FunctionUrlConfig",
    "ImageUri",
    "InlineCode",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "Role",
    "RolePath",
    "SourceKMSKeyArn",
    "Tags",
    "Tracing",
    "VersionDeletionPolicy",
    "VersionDescription",
)

# What a dead-letter queue or a destination may be, and what it takes to send there.
DESTINATIONS = {
    "SQS": "sqs:SendMessage",
    "SNS": "sns:Publish",
    "EventBridge": "events:PutEvents",
    "Lambda": "lambda:InvokeFunction",
    "S3Bucket": "s3:PutObject",
}


def statement(action: Any, resource: Any) -> dict[str, Any]:
    """Return a statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def arn_of(logical_id: str) -> dict[str, Any]:
    """Return a reference to a resource's ARN."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def hashed(prefix: str, text: str) -> str:
    """Return a logical id that ends in a digest, where a text cannot stand in it: as SAM makes it."""
    return f"{prefix}{text}" if text.isalnum() else f"{prefix}{hashlib.sha1(text.encode()).hexdigest()[:10]}"  # noqa: S324 - SAM's digest, no secret


def function(sam: Sam, logical_id: str, resource: Block) -> None:
    """Write out a function, and whatever comes with it."""
    Function(sam, logical_id, resource).write()


class Function:
    """A function while it is written out.

    `arn` and `name` are what events call it by: its alias, where one is published. `role` is None where the template
    names a role.
    """

    def __init__(self, sam: Sam, logical_id: str, resource: Block) -> None:
        self.sam = sam
        self.id = logical_id
        self.place = resource
        self.spec: Block = resource["Properties"]
        given = sam.resolver.peel(self.spec.get("Role"))
        self.given_role = given
        self.role = None if given is not None else Role(f"{logical_id}Role", sam.resolver, "lambda.amazonaws.com")
        self.name: Any = {"Ref": logical_id}
        self.arn: Any = arn_of(logical_id)
        self.qualifier = "$LATEST"
        self.routes: set[tuple[str, str]] = set()  # of HTTP APIs, that may call it

    def write(self) -> None:
        from pytest_serverless.templates.sam_events import write_events

        self._check()
        if "DeploymentPreference" in self.spec:
            self.sam.note(
                self.place, f"The DeploymentPreference of {self.id} has no effect: a deployment is there at once."
            )
        self._write_function()
        self._write_alias()
        self._write_url()
        self._write_destinations()
        self._collect_policies()
        write_events(self)
        if self.role is not None:
            self.put(self.role.id, "AWS::IAM::Role", self.role.properties(self.spec))

    def put(self, logical_id: str, kind: str, properties: dict[str, Any], at: Block | None = None) -> None:
        self.sam.put(logical_id, kind, properties, at or self.place)

    def peel(self, key: str) -> Any:
        return self.sam.resolver.peel(self.spec.get(key))

    def _check(self) -> None:
        """Tell of misspelt properties; one that is like none that we know may be newer than we are."""
        known = (*PASSED, *OWN)
        for name in self.spec:
            if name not in known:
                at, near = self.spec.origin(name), near_misses(name, known)
                if near:
                    do = f"Did you mean {or_list(near)}?"
                    self.sam.resolver.fault(f"A function has no property {name!r}.", do, at=at)
                else:
                    self.sam.resolver.note(f"The property {name} of {self.id} is not known here, and has no effect.")

    def _write_function(self) -> None:
        spec = self.spec
        tracing = self.sam.value(spec.get("Tracing"))
        queue = self.peel("DeadLetterQueue")
        properties = {key: spec[key] for key in PASSED if key in spec}
        properties |= {
            "Code": self._code(),
            "Role": self.given_role if self.role is None else arn_of(self.role.id),
            "Environment": spec.get("Environment"),
            "DeadLetterConfig": {"TargetArn": queue.get("TargetArn")} if isinstance(queue, dict) else None,
            "TracingConfig": {"Mode": tracing} if tracing not in (None, "Disabled") else None,
            "Tags": _tags(spec.get("Tags")),
        }
        properties = {key: value for key, value in properties.items() if value is not None}
        body = self.place.like()
        body.update({key: value for key, value in self.place.items() if key not in ("Connectors", "IgnoreGlobals")})
        block = spec.like()
        block.update(properties)
        body.update({"Type": "AWS::Lambda::Function", "Properties": block})
        self.sam.resolver.resources[self.id] = body

    def _code(self) -> Any:
        spec = self.spec
        if self.sam.value(spec.get("PackageType")) == "Image" or "ImageUri" in spec:
            return {"ImageUri": spec.get("ImageUri", "")}
        if "InlineCode" in spec:
            return {"ZipFile": spec["InlineCode"]}
        code = self.peel("CodeUri")
        if isinstance(code, dict) and "Bucket" in code:
            return {"S3Bucket": code["Bucket"], "S3Key": code.get("Key", "")}
        return "." if code is None else code

    def _write_alias(self) -> None:
        name = self.sam.value(self.peel("AutoPublishAlias"))
        if not name:
            return
        aliases = self.sam.resolver.aliases
        version, alias = f"{self.id}Version", f"{self.id}Alias{str(name).replace('-', 'D').replace('_', 'U')}"
        self.put(
            version,
            "AWS::Lambda::Version",
            {"FunctionName": {"Ref": self.id}, "Description": self.spec.get("VersionDescription")},
        )
        self.put(
            alias,
            "AWS::Lambda::Alias",
            {
                "Name": name,
                "FunctionName": {"Ref": self.id},
                "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
                "ProvisionedConcurrencyConfig": self.spec.get("ProvisionedConcurrencyConfig"),
            },
        )
        aliases.update({f"{self.id}.Version": version, f"{self.id}.Alias": alias})
        self.name = self.arn = {"Ref": alias}
        self.qualifier = str(name)

    def _write_url(self) -> None:
        config = self.peel("FunctionUrlConfig")
        if not isinstance(config, Block):
            return
        auth = self.sam.value(config.get("AuthType"))
        keys = ("AuthType", "Cors", "InvokeMode")
        url = {"TargetFunctionArn": self.name, **{key: config.get(key) for key in keys}}
        self.put(f"{self.id}Url", "AWS::Lambda::Url", url, config)
        if auth == "NONE":
            shared = {"FunctionName": self.name, "Principal": "*"}
            public = {**shared, "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": auth}
            through = {**shared, "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
            self.put(f"{self.id}UrlPublicPermissions", "AWS::Lambda::Permission", public, config)
            self.put(f"{self.id}URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", through, config)

    def _collect_policies(self) -> None:
        role = self.role
        if role is None:
            return
        role.attach(
            f"AWSLambdaBasic{'DurableExecutionRolePolicy' if 'DurableConfig' in self.spec else 'ExecutionRole'}"
        )
        if self.sam.value(self.spec.get("Tracing")) not in (None, "Disabled"):
            role.attach(
                "AWSXrayWriteOnlyAccess" if self.sam.resolver.stack.partition == "aws" else "AWSXRayDaemonWriteAccess"
            )
        if "VpcConfig" in self.spec:  # also where a condition takes it away again
            role.attach("AWSLambdaVPCAccessExecutionRole")
        role.add(self.spec.get("Policies"))
        queue = self.peel("DeadLetterQueue")
        if isinstance(queue, dict):
            self._grant_dead_letters(queue, role)

    def _grant_dead_letters(self, queue: dict[str, Any], role: Role) -> None:
        kind = str(self.sam.value(queue.get("Type")))
        if kind not in ("SQS", "SNS") or "TargetArn" not in queue:
            self.sam.resolver.fault(
                f"Its DeadLetterQueue is {shorten(dict(queue))}.",
                "Write Type: SQS or SNS, and a TargetArn.",
                at=self.spec.origin("DeadLetterQueue"),
            )
        else:
            role.grant("DeadLetterQueuePolicy", [statement(DESTINATIONS[kind], queue["TargetArn"])])

    def _write_destinations(self) -> None:
        config = self.peel("EventInvokeConfig")
        if not isinstance(config, Block):
            return
        logical_id = f"{self.id}EventInvokeConfig"
        found = self.sam.resolver.peel(config.get("DestinationConfig"))
        destinations = {
            outcome: {"Destination": arn}
            for outcome in ("OnSuccess", "OnFailure")
            if isinstance(found, dict)
            and isinstance(entry := self.sam.resolver.peel(found.get(outcome)), Block)
            and (arn := self._destination(f"{logical_id}{outcome}", outcome, entry)) is not None
        }
        self.put(
            logical_id,
            "AWS::Lambda::EventInvokeConfig",
            {
                "FunctionName": {"Ref": self.id},
                "Qualifier": self.qualifier,
                "DestinationConfig": destinations,
                "MaximumEventAgeInSeconds": config.get("MaximumEventAgeInSeconds"),
                "MaximumRetryAttempts": config.get("MaximumRetryAttempts"),
            },
            config,
        )

    def _destination(self, logical_id: str, outcome: str, entry: Block) -> Any:
        """Return the ARN of a destination; a queue or topic that is not named is made."""
        kind = str(self.sam.value(entry.get("Type")))
        arn = self.sam.resolver.peel(entry.get("Destination"))
        if kind not in DESTINATIONS or (arn is None and kind not in ("SQS", "SNS")):
            kinds = or_list(list(DESTINATIONS))
            what = f"Its destination {outcome} has the Type {kind!r}."
            self.sam.resolver.fault(
                what, f"Write {kinds}, and a Destination for the last three.", at=entry.origin("Type")
            )
            return None
        if arn is None:
            name, type_, made = (
                ("Queue", "AWS::SQS::Queue", arn_of(f"{logical_id}Queue"))
                if kind == "SQS"
                else ("Topic", "AWS::SNS::Topic", {"Ref": f"{logical_id}Topic"})
            )
            self.put(f"{logical_id}{name}", type_, {}, entry)
            self.sam.resolver.aliases[f"{self.id}.Destination{name}"] = f"{logical_id}{name}"
            arn = made
        if self.role is not None:
            objects = [statement("s3:PutObject", {"Fn::Sub": ["${bucket}/*", {"bucket": arn}]})]
            listing = [*objects, statement("s3:ListBucket", arn)]
            self.role.grant(
                f"{logical_id}Policy", listing if kind == "S3Bucket" else [statement(DESTINATIONS[kind], arn)]
            )
        return arn


def _tags(tags: Any) -> list[dict[str, Any]]:
    made = [{"Key": "lambda:createdBy", "Value": "SAM"}]
    return made + ([{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, dict) else [])
