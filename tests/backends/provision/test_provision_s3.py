import json

import pytest

from tests.backends.provision.cloud import resource


def bucket(**properties):
    return resource("AWS::S3::Bucket", "Uploads", **properties)


def test_a_bucket_has_the_name_that_references_to_it_gave(cloud):
    made = cloud.make(bucket())

    assert [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]] == [made.name]


def test_versioning_tags_and_public_access_are_set(cloud):
    made = cloud.make(
        bucket(
            VersioningConfiguration={"Status": "Enabled"},
            Tags=[{"Key": "team", "Value": 7}],
            PublicAccessBlockConfiguration={"BlockPublicAcls": "true", "RestrictPublicBuckets": False},
        )
    )

    s3 = cloud.client("s3")
    assert s3.get_bucket_versioning(Bucket=made.name)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=made.name)["TagSet"] == [{"Key": "team", "Value": "7"}]
    blocked = s3.get_public_access_block(Bucket=made.name)["PublicAccessBlockConfiguration"]
    assert (blocked["BlockPublicAcls"], blocked["RestrictPublicBuckets"]) == (True, False)


def test_cors_rules_take_the_names_of_the_api(cloud):
    rule = {
        "AllowedOrigins": ["*"],
        "AllowedMethods": ["GET"],
        "AllowedHeaders": ["x-a"],
        "ExposedHeaders": ["etag"],
        "MaxAge": "300",
    }
    made = cloud.make(bucket(CorsConfiguration={"CorsRules": [rule]}))

    (read,) = cloud.client("s3").get_bucket_cors(Bucket=made.name)["CORSRules"]
    assert read == {
        "AllowedOrigins": ["*"],
        "AllowedMethods": ["GET"],
        "AllowedHeaders": ["x-a"],
        "ExposeHeaders": ["etag"],
        "MaxAgeSeconds": 300,
    }


def test_encryption_takes_the_names_of_the_api(cloud):
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}
    rule = {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    made = cloud.make(bucket(BucketEncryption={"ServerSideEncryptionConfiguration": [rule]}))

    read = cloud.client("s3").get_bucket_encryption(Bucket=made.name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert read == [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]


def lifecycle_of(cloud, *rules):
    made = cloud.make(bucket(LifecycleConfiguration={"Rules": list(rules)}))
    return cloud.client("s3").get_bucket_lifecycle_configuration(Bucket=made.name)["Rules"]


def test_a_lifecycle_rule_expires_and_moves_objects(cloud):
    (rule,) = lifecycle_of(
        cloud,
        {
            "Id": "old",
            "Status": "Enabled",
            "Prefix": "logs/",
            "ExpirationInDays": 30,
            "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 10}],
            "NoncurrentVersionExpirationInDays": 5,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    )

    assert rule["ID"] == "old"
    assert rule["Filter"] == {"Prefix": "logs/"}
    assert rule["Expiration"] == {"Days": 30}
    assert rule["Transitions"] == [{"Days": 10, "StorageClass": "GLACIER"}]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 5
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_a_lifecycle_rule_of_a_prefix_and_tags_takes_both(cloud):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    (rule,) = lifecycle_of(
        cloud, {"Id": "both", "Status": "Enabled", "Prefix": "x", "TagFilters": tags, "ExpirationInDays": 1}
    )

    assert rule["Filter"] == {"And": {"Prefix": "x", "Tags": tags}}


def test_a_lifecycle_rule_without_a_filter_is_of_all_objects(cloud):
    (rule,) = lifecycle_of(cloud, {"Id": "all", "Status": "Enabled", "ExpirationInDays": 1})

    assert rule["Filter"] == {"Prefix": ""}


def test_a_website_is_described(cloud):
    made = cloud.make(
        bucket(
            WebsiteConfiguration={
                "IndexDocument": "index.html",
                "ErrorDocument": "404.html",
                "RoutingRules": [
                    {
                        "RedirectRule": {"ReplaceKeyWith": "new"},
                        "RoutingRuleCondition": {"KeyPrefixEquals": "old"},
                    }
                ],
            }
        )
    )

    read = cloud.client("s3").get_bucket_website(Bucket=made.name)
    assert read["IndexDocument"] == {"Suffix": "index.html"}
    assert read["ErrorDocument"] == {"Key": "404.html"}
    assert read["RoutingRules"] == [{"Condition": {"KeyPrefixEquals": "old"}, "Redirect": {"ReplaceKeyWith": "new"}}]


def test_object_lock_and_ownership_are_given_at_birth(cloud):
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    made = cloud.make(
        bucket(
            ObjectLockEnabled=True,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention},
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        )
    )

    s3 = cloud.client("s3")
    locked = s3.get_object_lock_configuration(Bucket=made.name)["ObjectLockConfiguration"]
    assert locked["Rule"]["DefaultRetention"].items() >= retention["DefaultRetention"].items()
    controls = s3.get_bucket_ownership_controls(Bucket=made.name)["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_a_canned_access_control_is_written_as_the_api_does(cloud):
    made = cloud.make(bucket(AccessControl="AuthenticatedRead"))

    grants = cloud.client("s3").get_bucket_acl(Bucket=made.name)["Grants"]
    assert any(each["Grantee"].get("URI", "").endswith("/AuthenticatedUsers") for each in grants)


NOTIFIED = "arn:aws:lambda:us-east-1:123456789012:function:shop-Fn"


def test_notifications_are_stored_and_nobody_is_sent_a_test(cloud):
    queue = resource("AWS::SQS::Queue", "Queue")
    topic = resource("AWS::SNS::Topic", "Topic")
    suffix = {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".jpg"}]}}
    subscription = resource("AWS::SNS::Subscription", "Heard", TopicArn=topic.arn, Protocol="sqs", Endpoint=queue.arn)
    made = cloud.make(
        bucket(
            NotificationConfiguration={
                "LambdaConfigurations": [{"Event": "s3:ObjectCreated:*", "Function": NOTIFIED, "Filter": suffix}],
                "QueueConfigurations": [{"Event": "s3:ObjectRemoved:*", "Queue": queue.arn}],
                "TopicConfigurations": [{"Event": "s3:ObjectCreated:Put", "Topic": topic.arn}],
            }
        ),
        queue,
        topic,
        subscription,
    )

    read = cloud.client("s3").get_bucket_notification_configuration(Bucket=made.name)
    (of_lambda,) = read["LambdaFunctionConfigurations"]
    assert (of_lambda["LambdaFunctionArn"], of_lambda["Events"]) == (NOTIFIED, ["s3:ObjectCreated:*"])
    assert of_lambda["Filter"]["Key"]["FilterRules"] == [{"Name": "suffix", "Value": ".jpg"}]
    assert read["QueueConfigurations"][0]["QueueArn"] == queue.arn
    assert read["TopicConfigurations"][0]["TopicArn"] == topic.arn
    assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=queue.name)


@pytest.mark.parametrize(("written", "flag"), [({"EventBridgeEnabled": True}, True), ({}, True), (None, False)])
def test_the_event_bridge_flag_is_stored(cloud, written, flag):
    configuration = {"EventBridgeConfiguration": written} if written is not None else {}
    made = cloud.make(bucket(NotificationConfiguration=configuration))

    from moto.backends import get_backend

    kept = get_backend("s3")["123456789012"]["aws"].get_bucket(made.name).notification_configuration
    assert (kept is not None and kept.event_bridge is not None) is flag


def test_a_bucket_policy_is_put_on_its_bucket(cloud):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}
    made = bucket()
    cloud.make(made, resource("AWS::S3::BucketPolicy", "Closed", Bucket=made.name, PolicyDocument=document))

    read = cloud.client("s3").get_bucket_policy(Bucket=made.name)["Policy"]
    assert json.loads(read) == document
