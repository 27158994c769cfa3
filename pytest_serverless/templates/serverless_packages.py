"""What a service uploads: the code of its functions, its layers, and the bucket that they go to.

Source: lib/plugins/aws/package of Serverless Framework 3.40; `module` is the plugin serverless-python-requirements'
(2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_naming import DEPLOYMENT_BUCKET, DEPLOYMENT_BUCKET_POLICY, normal
from pytest_serverless.templates.serverless_service import PARTITION, Service, as_block, as_list, join

__all__ = ["compile_deployment_bucket", "compile_layers", "package_of", "plugins_of"]

REQUIREMENTS_PLUGIN = "serverless-python-requirements"


def package_of(service: Service, spec: Block) -> str:
    """Return what a function's package is made of: the service's folder, its `module` folder, or an archive."""
    own, shared = as_block(spec.get("package"), spec), as_block(service.tree.get("package"), spec)
    artifact = own.get("artifact") or shared.get("artifact")
    if artifact:
        return str(artifact)
    module = spec.get("module")
    if module and REQUIREMENTS_PLUGIN in plugins_of(service):
        return str(service.folder / str(module))
    return str(service.folder)


def plugins_of(service: Service) -> list[str]:
    """Return the names of the service's plugins."""
    section = service.tree.get("plugins")
    return [str(name) for name in as_list(section.get("modules") if isinstance(section, Mapping) else section)]


def compile_layers(service: Service) -> None:
    """Add the layers that the service packages itself, and their outputs."""
    layers = as_block(service.tree.get("layers"), service.tree)
    for name, given in layers.items():
        spec = as_block(given, layers)
        logical_id = f"{normal(name)}LambdaLayer"
        properties = {
            "Content": str(service.folder / str(spec.get("path", "."))),
            "LayerName": spec.get("name") or name,
            "Description": spec.get("description"),
            "LicenseInfo": spec.get("licenseInfo"),
            "CompatibleRuntimes": spec.get("compatibleRuntimes"),
            "CompatibleArchitectures": spec.get("compatibleArchitectures"),
        }
        service.put(logical_id, "AWS::Lambda::LayerVersion", properties, spec)
        output = {"Description": "Current Lambda layer version", "Value": {"Ref": logical_id}}
        service.outputs[f"{logical_id}QualifiedArn"] = output


def compile_deployment_bucket(service: Service) -> None:
    """Add the bucket that packages are uploaded to, and its policy, unless the provider names another."""
    given = service.provider.get("deploymentBucket")
    settings = as_block(given, service.provider)
    name = given if isinstance(given, str) else settings.get("name")
    service.outputs["ServerlessDeploymentBucketName"] = {"Value": name or {"Ref": DEPLOYMENT_BUCKET}}
    if name:
        return
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    properties = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]}}
    service.put(DEPLOYMENT_BUCKET, "AWS::S3::Bucket", properties, settings)
    if settings.get("skipPolicySetup"):
        return
    bucket = ("arn:", PARTITION, ":s3:::", {"Ref": DEPLOYMENT_BUCKET})
    statement: dict[str, Any] = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": "*",
        "Resource": [join("", *bucket, "/*"), join("", *bucket)],
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    policy: dict[str, Any] = {"Bucket": {"Ref": DEPLOYMENT_BUCKET}, "PolicyDocument": {"Statement": [statement]}}
    service.put(DEPLOYMENT_BUCKET_POLICY, "AWS::S3::BucketPolicy", policy, settings)
