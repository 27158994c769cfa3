"""The functions of a service as resources, with their log groups, versions and URLs.

Source: lib/plugins/aws/package/compile/functions.js of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_naming import ROLE, function_id, normal, permission_id
from pytest_serverless.templates.serverless_packages import package_of
from pytest_serverless.templates.serverless_service import Service, as_block, as_list, get_att, is_reference, sub

__all__ = ["compile_functions"]

MEMORY_MB = 1024
TIMEOUT_S = 6
DEFAULT_RUNTIME = "nodejs16.x"

CORS_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
)

DESTINATION_ACTIONS = {
    "function": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "eventBus": "events:PutEvents",
}
SERVICES_OF_ARNS = {":sqs:": "sqs", ":sns:": "sns", ":event-bus/": "eventBus"}


def compile_functions(service: Service) -> None:
    """Add every function, and what belongs to it."""
    for function, spec in service.functions.items():
        if not spec.get("handler") and not spec.get("image"):
            remedy = "Write `handler: folder/module.function`, or `image`."
            service.fault(f"The function {function!r} has no handler.", remedy, spec)
        put_log_group(service, function, spec)
        put_function(service, function, spec)
        put_version(service, function, spec)
        put_url(service, function, spec)
        put_invoke_config(service, function, spec)


def put_log_group(service: Service, function: str, spec: Block) -> None:
    if spec.get("disableLogs"):
        return
    properties = {
        "LogGroupName": f"/aws/lambda/{service.function_name(function)}",
        "RetentionInDays": spec.get("logRetentionInDays") or service.provider.get("logRetentionInDays"),
        "DataProtectionPolicy": spec.get("logDataProtectionPolicy") or service.provider.get("logDataProtectionPolicy"),
    }
    service.put(f"{normal(function)}LogGroup", "AWS::Logs::LogGroup", properties, spec)


def put_function(service: Service, function: str, spec: Block) -> None:
    provider = service.provider
    tags = {**as_block(provider.get("tags"), spec), **as_block(spec.get("tags"), spec)}
    architecture = spec.get("architecture") or provider.get("architecture")
    storage = spec.get("ephemeralStorageSize")
    properties = {
        **code_of(service, spec),
        "FunctionName": service.function_name(function),
        "MemorySize": spec.get("memorySize") or provider.get("memorySize") or MEMORY_MB,
        "Timeout": spec.get("timeout") or provider.get("timeout") or TIMEOUT_S,
        "Architectures": [architecture] if architecture else None,
        "Description": spec.get("description"),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()] or None,
        "EphemeralStorage": {"Size": storage} if storage else None,
        "DeadLetterConfig": dead_letters(service, function, spec),
        "KmsKeyArn": key_arn(service, function, spec),
        "TracingConfig": tracing(service, function, spec),
        "Environment": environment(service, spec),
        "Role": role_reference(service.role_of(function)),
        "VpcConfig": vpc(service, spec),
        "FileSystemConfigs": file_systems(service, function, spec),
        "ReservedConcurrentExecutions": spec.get("reservedConcurrency"),
        "Layers": layers_of(service, spec),
        "SnapStart": {"ApplyOn": "PublishedVersions"} if spec.get("snapStart") else None,
    }
    condition = {"Condition": spec["condition"]} if spec.get("condition") else {}
    service.put(function_id(function), "AWS::Lambda::Function", properties, spec, **condition)


def code_of(service: Service, spec: Block) -> dict[str, Any]:
    """Say what code runs. The package is the service's folder, or the `module` folder that is packaged by itself."""
    if spec.get("image"):
        image = spec["image"]
        uri = image.get("uri") or image.get("name") if isinstance(image, Mapping) else image
        command = image.get("command") if isinstance(image, Mapping) else None
        config = {"Command": command} if command else None
        return {"Code": {"ImageUri": uri}, "PackageType": "Image", "ImageConfig": config}
    runtime = spec.get("runtime") or service.provider.get("runtime") or DEFAULT_RUNTIME
    return {"Code": package_of(service, spec), "Handler": str(spec.get("handler") or ""), "Runtime": runtime}


def environment(service: Service, spec: Block) -> dict[str, Any] | None:
    """The provider's variables, and over them the function's; one that is null is not set."""
    values = {**as_block(service.provider.get("environment"), spec), **as_block(spec.get("environment"), spec)}
    for name in values:
        if name == "Ref" or name.startswith("Fn::"):
            service.fault(
                "The environment is a reference.", "Write its variables out, one by one.", spec, "environment"
            )
            return None
    return {"Variables": values} if values else None


def role_reference(role: Any) -> Any:
    return get_att(role) if isinstance(role, str) and not role.startswith("arn:") else role


def dead_letters(service: Service, function: str, spec: Block) -> dict[str, Any] | None:
    arn = spec.get("onError")
    if isinstance(arn, str):
        service.allow(function, ("sns:Publish",), arn)
    return {"TargetArn": arn} if arn else None


def key_arn(service: Service, function: str, spec: Block) -> Any:
    arn = spec.get("kmsKeyArn") or service.provider.get("kmsKeyArn")
    if isinstance(arn, str):
        allow_once(service, function, ("kms:Decrypt",), arn)
    return arn


def tracing(service: Service, function: str, spec: Block) -> dict[str, Any] | None:
    mode = spec.get("tracing") or as_block(service.provider.get("tracing"), spec).get("lambda")
    if not mode:
        return None
    allow_once(service, function, ("xray:PutTraceSegments", "xray:PutTelemetryRecords"), "*")
    return {"Mode": "Active" if mode is True else mode}


def allow_once(service: Service, function: str, actions: tuple[str, ...], resource: str) -> None:
    """Allow what several functions may ask for, in one statement."""
    wanted = {"Effect": "Allow", "Action": list(actions), "Resource": [resource]}
    if wanted not in service.statements:
        service.statements.append(wanted)
    service.grants.setdefault(function, []).append(wanted)


def vpc(service: Service, spec: Block) -> dict[str, Any] | None:
    if "vpc" in spec and not spec["vpc"]:
        return None
    own, shared = as_block(spec.get("vpc"), spec), as_block(service.provider.get("vpc"), spec)
    groups = own.get("securityGroupIds") or shared.get("securityGroupIds")
    subnets = own.get("subnetIds") or shared.get("subnetIds")
    return {"SecurityGroupIds": groups, "SubnetIds": subnets} if groups and subnets else None


def file_systems(service: Service, function: str, spec: Block) -> list[dict[str, Any]] | None:
    config = spec.get("fileSystemConfig")
    if not isinstance(config, Mapping):
        return None
    actions = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")
    service.statements.append({"Effect": "Allow", "Action": list(actions), "Resource": [config.get("arn")]})
    return [{"Arn": config.get("arn"), "LocalMountPath": config.get("localMountPath")}]


def layers_of(service: Service, spec: Block) -> list[Any] | None:
    layers = as_list(spec.get("layers") or service.provider.get("layers"))
    if not all(isinstance(layer, str) or is_reference(layer) for layer in layers):
        service.fault("A layer is neither an ARN nor a reference.", "Write `!Ref NameLambdaLayer`.", spec, "layers")
        return None
    return layers or None


def put_version(service: Service, function: str, spec: Block) -> None:
    """Add the version and its output, and the alias. The framework's id ends in a digest of the code, too."""
    wanted = spec.get("versionFunction", service.provider.get("versionFunctions", True))
    alias = service.alias(function)
    if not wanted and not alias:
        return
    version = f"{normal(function)}LambdaVersion"
    properties = {"FunctionName": {"Ref": function_id(function)}, "Description": spec.get("description")}
    service.put(version, "AWS::Lambda::Version", properties, spec, DeletionPolicy="Retain")
    output = {"Description": "Current Lambda function version", "Value": {"Ref": version}}
    service.outputs[f"{function_id(function)}QualifiedArn"] = output
    if alias:
        put_alias(service, function, spec, alias, version)


def put_alias(service: Service, function: str, spec: Block, alias: str, version: str) -> None:
    provisioned = spec.get("provisionedConcurrency")
    properties = {
        "FunctionName": {"Ref": function_id(function)},
        "FunctionVersion": get_att(version, "Version"),
        "Name": alias,
        "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": provisioned} if provisioned else None,
    }
    kind = "ProvConc" if provisioned else "SnapStart"
    service.put(f"{normal(function)}{kind}LambdaAlias", "AWS::Lambda::Alias", properties, spec)


def put_url(service: Service, function: str, spec: Block) -> None:
    url = spec.get("url")
    if not url:
        return
    settings = as_block(url, spec)
    auth = "AWS_IAM" if settings.get("authorizer") == "aws_iam" else "NONE"
    streams = settings.get("invokeMode") == "RESPONSE_STREAM"
    properties = {
        "AuthType": auth,
        "TargetFunctionArn": service.target(function),
        "Cors": url_cors(settings.get("cors")),
        "InvokeMode": "RESPONSE_STREAM" if streams else None,
    }
    logical_id = f"{function_id(function)}Url"
    service.put(logical_id, "AWS::Lambda::Url", properties, settings)
    value = get_att(logical_id, "FunctionUrl")
    service.outputs[logical_id] = {"Description": "Lambda Function URL", "Value": value}
    if auth == "NONE":
        properties = {
            "FunctionName": service.target(function),
            "Action": "lambda:InvokeFunctionUrl",
            "Principal": "*",
            "FunctionUrlAuthType": auth,
        }
        service.put(permission_id(function, "FnUrl"), "AWS::Lambda::Permission", properties, settings)


def url_cors(cors: Any) -> dict[str, Any] | None:
    if not cors:
        return None
    given = cors if isinstance(cors, Mapping) else {}
    return {
        "AllowCredentials": True if given.get("allowCredentials") else None,
        "AllowHeaders": given.get("allowedHeaders", list(CORS_HEADERS)),
        "AllowMethods": given.get("allowedMethods", ["*"]),
        "AllowOrigins": given.get("allowedOrigins", ["*"]),
        "ExposeHeaders": given.get("exposedResponseHeaders"),
        "MaxAge": given.get("maxAge"),
    }


def put_invoke_config(service: Service, function: str, spec: Block) -> None:
    age, attempts = spec.get("maximumEventAge"), spec.get("maximumRetryAttempts")
    destinations = as_block(spec.get("destinations"), spec)
    if not destinations and not age and attempts is None:
        return
    config = {}
    for outcome in ("onSuccess", "onFailure"):
        if destinations.get(outcome):
            arn = destination(service, function, destinations[outcome], destinations)
            config[outcome.replace("on", "On", 1)] = {"Destination": arn}
    properties = {
        "FunctionName": {"Ref": function_id(function)},
        "DestinationConfig": config,
        "Qualifier": service.alias(function) or "$LATEST",
        "MaximumEventAgeInSeconds": age or None,
        "MaximumRetryAttempts": attempts,
    }
    service.put(f"{normal(function)}LambdaEvConf", "AWS::Lambda::EventInvokeConfig", properties, spec)


def destination(service: Service, function: str, given: Any, at: Block) -> Any:
    """Return the ARN of a destination, which may be named as a function of the service, and allow it to be used."""
    if isinstance(given, Mapping) and not given.get("arn"):
        remedy = "Write its `arn` and its `type`: sqs, sns, eventBus or function."
        service.fault(f"A destination of {function!r} has no arn.", remedy, given)
        return None
    kind = given.get("type") if isinstance(given, Mapping) else None
    arn = resource = given.get("arn") if isinstance(given, Mapping) else given
    if isinstance(arn, str) and not arn.startswith("arn:"):
        if not service.known_function(arn, at):
            return None
        kind = "function"
        name = service.function_name(arn)
        arn = service.target(arn)
        resource = sub(f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}")
    if kind is None:
        kind = next((kind for part, kind in SERVICES_OF_ARNS.items() if part in str(arn)), "function")
    if service.role_of(function) == ROLE and kind in DESTINATION_ACTIONS:
        statement = {"Effect": "Allow", "Action": DESTINATION_ACTIONS[kind], "Resource": resource}
        if statement not in service.statements:
            service.statements.append(statement)
        service.grants.setdefault(function, []).append(statement)
    return arn
