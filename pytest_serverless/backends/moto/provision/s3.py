"""Buckets, and what is set on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, plain_name, tag_list
from pytest_serverless.backends.moto.provision.identities import without_test_events
from pytest_serverless.backends.moto.provision.s3_lifecycle import lifecycle_rules
from pytest_serverless.backends.moto.provision.s3_notifications import notifications

__all__ = ["bucket", "bucket_policy"]


def bucket(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::S3::Bucket`."""
    name = called(resource, "BucketName")
    properties = resource.properties
    region = bench.region("s3")
    elsewhere = {"LocationConstraint": region} if region != "us-east-1" else None
    bench.call(
        "s3",
        "create_bucket",
        Bucket=name,
        CreateBucketConfiguration=elsewhere,
        ObjectLockEnabledForBucket=properties.get("ObjectLockEnabled"),
        ObjectOwnership=_ownership(properties.get("OwnershipControls")),
        ACL=_canned(properties.get("AccessControl")),
    )
    for of, (operation, parameter, written) in _SETTINGS.items():
        if properties.get(of):
            bench.call("s3", operation, of, **{"Bucket": name, parameter: written(properties[of])})
    if notified := notifications(resource):
        of = "NotificationConfiguration"
        with without_test_events():
            bench.call(
                "s3", "put_bucket_notification_configuration", of, Bucket=name, NotificationConfiguration=notified
            )


def bucket_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::S3::BucketPolicy` on its bucket."""
    name = plain_name(str(resource.properties["Bucket"]))
    bench.call("s3", "put_bucket_policy", "PolicyDocument", Bucket=name, Policy=resource.properties["PolicyDocument"])


def _canned(control: Any) -> str | None:
    """`PublicReadWrite` is `public-read-write` to the API."""
    if not control:
        return None
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in str(control)).lstrip("-")


def _ownership(controls: Any) -> Any:
    return controls["Rules"][0]["ObjectOwnership"] if controls else None


def _cors(configuration: Mapping[str, Any]) -> dict[str, Any]:
    new_names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    return {"CORSRules": [_renamed(rule, new_names) for rule in configuration["CorsRules"]]}


def _encryption(configuration: Mapping[str, Any]) -> dict[str, Any]:
    new_names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [_renamed(rule, new_names) for rule in configuration["ServerSideEncryptionConfiguration"]]}


def _website(configuration: Mapping[str, Any]) -> dict[str, Any]:
    new_names = {"RedirectRule": "Redirect", "RoutingRuleCondition": "Condition"}
    website = dict(configuration)
    if "IndexDocument" in website:
        website["IndexDocument"] = {"Suffix": website["IndexDocument"]}
    if "ErrorDocument" in website:
        website["ErrorDocument"] = {"Key": website["ErrorDocument"]}
    if "RoutingRules" in website:
        website["RoutingRules"] = [_renamed(rule, new_names) for rule in website["RoutingRules"]]
    return website


def _renamed(rule: Mapping[str, Any], new_names: Mapping[str, str]) -> dict[str, Any]:
    return {new_names.get(key, key): value for key, value in rule.items()}


def _as_it_is(value: Any) -> Any:
    return value


# The property of the template, and the operation, its parameter, and how the one is written as the other.
_SETTINGS: Mapping[str, tuple[str, str, Callable[[Any], Any]]] = {
    "VersioningConfiguration": ("put_bucket_versioning", "VersioningConfiguration", _as_it_is),
    "BucketEncryption": ("put_bucket_encryption", "ServerSideEncryptionConfiguration", _encryption),
    "CorsConfiguration": ("put_bucket_cors", "CORSConfiguration", _cors),
    "LifecycleConfiguration": ("put_bucket_lifecycle_configuration", "LifecycleConfiguration", lifecycle_rules),
    "ObjectLockConfiguration": ("put_object_lock_configuration", "ObjectLockConfiguration", _as_it_is),
    "PublicAccessBlockConfiguration": ("put_public_access_block", "PublicAccessBlockConfiguration", _as_it_is),
    "Tags": ("put_bucket_tagging", "Tagging", lambda tags: {"TagSet": tag_list(tags)}),
    "WebsiteConfiguration": ("put_bucket_website", "WebsiteConfiguration", _website),
}
