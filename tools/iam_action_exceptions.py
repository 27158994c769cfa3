"""What `generate_iam_actions.py` cannot know: the services, which parameter fills which part of an ARN, the exceptions.

The grammar of a row is described in `pytest_serverless/audits/iam_actions.py`. Sources: the pages "Actions, resources,
and condition keys" of https://docs.aws.amazon.com/service-authorization/latest/reference/ and, for S3, the table
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html (2026-11).
"""

from __future__ import annotations

# The services by botocore's name, with the prefix of their actions.
SERVICES = {
    "apigateway": "apigateway",
    "apigatewaymanagementapi": "execute-api",
    "apigatewayv2": "apigateway",
    "appsync": "appsync",
    "athena": "athena",
    "bedrock-runtime": "bedrock",
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "cognito-identity": "cognito-identity",
    "cognito-idp": "cognito-idp",
    "comprehend": "comprehend",
    "dynamodb": "dynamodb",
    "dynamodbstreams": "dynamodb",
    "events": "events",
    "firehose": "firehose",
    "iam": "iam",
    "iot-data": "iot",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "pipes": "pipes",
    "polly": "polly",
    "rds-data": "rds-data",
    "rekognition": "rekognition",
    "s3": "s3",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "ses": "ses",
    "sesv2": "ses",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "stepfunctions": "states",
    "sts": "sts",
    "textract": "textract",
    "transcribe": "transcribe",
    "translate": "translate",
    "xray": "xray",
}

# The parameters that fill a placeholder of an ARN pattern, where they are not called like it; the first that the
# operation has is taken. `/Name` leaves off a slash at the beginning, `Name:x` takes x if it is not given, `=x` is x.
MEMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "appsync": {"GraphQLAPIId": ("apiId",), "ApiId": ("apiId",), "ChannelNamespaceName": ("name",)},
    "athena": {
        "WorkGroupName": ("WorkGroup:primary", "Name"),
        "DataCatalogName": ("CatalogName", "Name"),
        "CapacityReservationName": ("Name",),
    },
    "cloudformation": {"StackName": ("StackName",), "Id": ("=*",), "StackSetName": ("StackSetName",)},
    "cloudwatch": {
        "AlarmName": ("AlarmNames",),
        "DashboardName": ("DashboardNames",),
        "InsightRuleName": ("RuleName", "RuleNames"),
        "MetricStreamName": ("Name", "Names"),
    },
    "events": {
        "ApiDestinationName": ("Name",),
        "ConnectionName": ("Name",),
        "EndpointName": ("Name",),
        "EventBusName": ("Name",),
        "EventSourceName": ("Name",),
    },
    "iam": {f"{kind}NameWithPath": (f"{kind}Name",) for kind in ("Role", "User", "Group", "Policy", "InstanceProfile")},
    "iot-data": {"TopicName": ("topic",)},
    "lambda": {"LayerVersion": ("VersionNumber",), "Alias": ("Qualifier",), "Version": ("Qualifier",)},
    "logs": {
        "LogGroupName": ("logGroupName", "logGroupIdentifier", "logGroupNames", "logGroupIdentifiers"),
        "DeliveryName": ("id",),
        "DeliveryDestinationName": ("name", "deliveryDestinationName"),
        "DeliverySourceName": ("name",),
    },
    "polly": {"LexiconName": ("Name",)},
    "s3": {"BucketName": ("Bucket",), "ObjectName": ("Key",)},
    "scheduler": {"GroupName": ("GroupName:default", "Name"), "ScheduleName": ("Name",)},
    "secretsmanager": {"SecretId": ("Name",)},
    "sns": {"TopicName": ("Name",)},
    "sqs": {"QueueName": ("QueueUrl",)},
    "ssm": {"ParameterNameWithoutLeadingSlash": ("/Name", "/Names", "/Path"), "DocumentName": ("Name",)},
    "stepfunctions": {"ActivityName": ("name",), "StateMachineName": ("name",)},
    "translate": {"ResourceName": ("Name", "TerminologyNames")},
    "xray": {"GroupName": ("GroupName",), "Id": ("=*",), "SamplingRuleName": ("RuleName",)},
}

# The ARNs that the service asks about, where they differ from the documented pattern.
PATTERNS: dict[tuple[str, str], str] = {
    ("logs", "log-group"): "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}:log-stream:",
}

_BUCKET, _OBJECT = "arn:{partition}:s3:::{Bucket}", "arn:{partition}:s3:::{Bucket}/{Key}"


def _versioned(action: str, version: str) -> str:
    return f"!VersionId?{action}={_OBJECT} VersionId?{version}={_OBJECT}"


_WRITTEN = f"ACL?PutObjectAcl={_OBJECT} Tagging?PutObjectTagging={_OBJECT}"
_SOURCE = "arn:{partition}:s3:::{CopySource.Bucket}/{CopySource.Key}"
_COPIED = f"!CopySource.VersionId?GetObject={_SOURCE} CopySource.VersionId?GetObjectVersion={_SOURCE}"
_BUCKET_ACTIONS = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketAnalyticsConfiguration": "AnalyticsConfiguration",
    "BucketCors": "BucketCORS",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketIntelligentTieringConfiguration": "IntelligentTieringConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketOwnershipControls": "BucketOwnershipControls",
    "BucketReplication": "ReplicationConfiguration",
    "BucketTagging": "BucketTagging",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
_S3 = {
    # To delete a bucket's configuration takes the permission to put it.
    **{
        f"{verb}{operation}": f"{'Get' if verb == 'Get' else 'Put'}{action}={_BUCKET}"
        for operation, action in _BUCKET_ACTIONS.items()
        for verb in ("Get", "Put", "Delete")
    },
    **{
        f"ListBucket{kind}Configurations": f"Get{kind}Configuration={_BUCKET}"
        for kind in ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
    },
    "ListBuckets": "ListAllMyBuckets=arn:{partition}:s3:::*",
    "HeadBucket": f"ListBucket={_BUCKET}",
    "ListObjects": f"ListBucket={_BUCKET}",
    "ListObjectsV2": f"ListBucket={_BUCKET}",
    "ListObjectVersions": f"ListBucketVersions={_BUCKET}",
    "ListMultipartUploads": f"ListBucketMultipartUploads={_BUCKET}",
    "GetObject": _versioned("GetObject", "GetObjectVersion"),
    "HeadObject": _versioned("GetObject", "GetObjectVersion"),
    "GetObjectAcl": _versioned("GetObjectAcl", "GetObjectVersionAcl"),
    "GetObjectTagging": _versioned("GetObjectTagging", "GetObjectVersionTagging"),
    "PutObjectAcl": _versioned("PutObjectAcl", "PutObjectVersionAcl"),
    "PutObjectTagging": _versioned("PutObjectTagging", "PutObjectVersionTagging"),
    "DeleteObject": _versioned("DeleteObject", "DeleteObjectVersion"),
    "DeleteObjectTagging": _versioned("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "GetObjectAttributes": (
        f"!VersionId?GetObject={_OBJECT} !VersionId?GetObjectAttributes={_OBJECT} "
        f"VersionId?GetObjectVersion={_OBJECT} VersionId?GetObjectVersionAttributes={_OBJECT}"
    ),
    "SelectObjectContent": f"GetObject={_OBJECT}",
    "PutObject": f"PutObject={_OBJECT} {_WRITTEN}",
    "CopyObject": f"{_COPIED} PutObject={_OBJECT} {_WRITTEN}",
    "CreateMultipartUpload": f"PutObject={_OBJECT} {_WRITTEN}",
    "UploadPart": f"PutObject={_OBJECT}",
    "UploadPartCopy": f"{_COPIED} PutObject={_OBJECT}",
    "CompleteMultipartUpload": f"PutObject={_OBJECT}",
    "ListParts": f"ListMultipartUploadParts={_OBJECT}",
    "DeleteObjects": (
        "Delete.Objects?DeleteObject=arn:{partition}:s3:::{Bucket}/{Delete.Objects.Key} "
        "Delete.Versions?DeleteObjectVersion=arn:{partition}:s3:::{Bucket}/{Delete.Versions.Key}"
    ),
}

_TABLE = "table/{TableName}"
_TRANSACTION = (
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
    ("Delete", "DeleteItem"),
    ("ConditionCheck", "ConditionCheckItem"),
)
_PARTIQL = " ".join(
    f"PartiQL.{verb}?PartiQL{verb}=table/{{PartiQL.{verb}}}" for verb in ("Select", "Insert", "Update", "Delete")
)
_SEARCH = "!IndexName?{0}=table/{{TableName}} IndexName?{0}=table/{{TableName}}/index/{{IndexName}}"
_RULE = "!EventBusName?{0}=rule/{{{1}}} EventBusName?{0}=rule/{{EventBusName}}/{{{1}}}"
_FUNCTION = "function:{FunctionName}"
_MODEL = "arn:{partition}:bedrock:{region}::foundation-model/{modelId}"
_STREAM = "stream/{StreamARN|StreamName}"

# The rows that are written by hand. An empty row: the operation takes no permission. `?`: nobody can tell its resource.
ROWS: dict[str, dict[str, str]] = {
    # The API stands in the client's endpoint, not among the parameters.
    "apigatewaymanagementapi": dict.fromkeys(
        ("DeleteConnection", "GetConnection", "PostToConnection"), "ManageConnections=?"
    ),
    "bedrock-runtime": {
        "Converse": f"InvokeModel={_MODEL}",
        "ConverseStream": f"InvokeModelWithResponseStream={_MODEL}",
        "InvokeModel": f"InvokeModel={_MODEL}",
        "InvokeModelWithBidirectionalStream": f"InvokeModel={_MODEL}",
        "InvokeModelWithResponseStream": f"InvokeModelWithResponseStream={_MODEL}",
        "StartAsyncInvoke": f"InvokeModel={_MODEL}",
    },
    "cloudwatch": dict.fromkeys(("DescribeAlarms", "GetMetricData", "ListMetrics", "PutMetricData"), "*"),
    "dynamodb": {
        "BatchGetItem": "table/{RequestItems}",
        "BatchWriteItem": "table/{RequestItems}",
        "Query": _SEARCH.format("Query"),
        "Scan": _SEARCH.format("Scan"),
        "TransactGetItems": "GetItem=table/{TransactItems.Get.TableName}",
        "TransactWriteItems": " ".join(
            f"TransactItems.{kind}?{action}=table/{{TransactItems.{kind}.TableName}}" for kind, action in _TRANSACTION
        ),
        **dict.fromkeys(("BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction"), _PARTIQL),
    },
    "dynamodbstreams": {"GetRecords": "@ShardIterator"},
    "events": {
        "PutEvents": "event-bus/{Entries.EventBusName:default}",
        "PutTargets": f"{_RULE.format('PutTargets', 'Rule')} Targets.RoleArn?iam:PassRole=@Targets.RoleArn",
        **{
            name: _RULE.format(name, "Name")
            for name in ("DeleteRule", "DescribeRule", "DisableRule", "EnableRule", "PutRule")
        },
        **{name: _RULE.format(name, "Rule") for name in ("ListTargetsByRule", "RemoveTargets")},
    },
    "kinesis": {
        "GetRecords": "@StreamARN",
        "StartStreamEncryption": _STREAM,
        "StopStreamEncryption": _STREAM,
    },
    "kms": {
        "CreateAlias": "CreateAlias={AliasName} CreateAlias=key/{TargetKeyId}",
        "DeleteAlias": "DeleteAlias={AliasName}",
        "UpdateAlias": "UpdateAlias={AliasName} UpdateAlias=key/{TargetKeyId}",
        "ReEncrypt": "ReEncryptFrom=key/{SourceKeyId} ReEncryptTo=key/{DestinationKeyId}",
    },
    "lambda": {
        "CreateFunction": f"CreateFunction={_FUNCTION} iam:PassRole=@Role",
        "UpdateFunctionConfiguration": f"UpdateFunctionConfiguration={_FUNCTION} Role?iam:PassRole=@Role",
        "GetLayerVersionByArn": "GetLayerVersion=@Arn",
        **dict.fromkeys(("Invoke", "InvokeAsync", "InvokeWithResponseStream"), f"InvokeFunction={_FUNCTION}"),
    },
    "pipes": {
        "CreatePipe": "CreatePipe=pipe/{Name} iam:PassRole=@RoleArn",
        "UpdatePipe": "UpdatePipe=pipe/{Name} iam:PassRole=@RoleArn",
    },
    "s3": _S3,
    "scheduler": {
        **{
            name: f"{name}=schedule-group/{{Name}}"
            for name in ("CreateScheduleGroup", "DeleteScheduleGroup", "GetScheduleGroup")
        },
        **{
            name: f"{name}=schedule/{{GroupName:default}}/{{Name}} iam:PassRole=@Target.RoleArn"
            for name in ("CreateSchedule", "UpdateSchedule")
        },
    },
    "secretsmanager": {
        # It asks for GetSecretValue of each secret; with a filter nobody knows which.
        "BatchGetSecretValue": (
            "BatchGetSecretValue=* SecretIdList?GetSecretValue=secret:{SecretIdList} Filters?GetSecretValue=?"
        ),
    },
    "ses": dict.fromkeys(("SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail"), "?"),
    "sesv2": {"SendEmail": "?", "SendBulkEmail": "?"},
    "sns": {
        "Publish": "TopicArn?Publish=@TopicArn TargetArn?Publish=@TargetArn PhoneNumber?Publish=*",
        "PublishBatch": "Publish=@TopicArn",
        **dict.fromkeys(("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"), "@SubscriptionArn"),
    },
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility={QueueUrl}",
        "DeleteMessageBatch": "DeleteMessage={QueueUrl}",
        "SendMessageBatch": "SendMessage={QueueUrl}",
        **dict.fromkeys(("ListMessageMoveTasks", "StartMessageMoveTask"), "@SourceArn"),
    },
    "ssm": dict.fromkeys(("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"), "?"),
    "stepfunctions": {
        "CreateStateMachineAlias": "?",
        "ListExecutions": "@stateMachineArn",
        "CreateStateMachine": "CreateStateMachine=stateMachine:{name} iam:PassRole=@roleArn",
        "UpdateStateMachine": "UpdateStateMachine=@stateMachineArn roleArn?iam:PassRole=@roleArn",
    },
    "sts": {"GetCallerIdentity": "", "GetSessionToken": ""},
}

# The condition keys that can be told from the parameters, in lower case. `=x`: always x; an empty text: never there.
CONDITION_KEYS: dict[str, dict[str, str]] = {
    "cloudwatch": {"cloudwatch:namespace": "Namespace"},
    "dynamodb": {
        "dynamodb:returnconsumedcapacity": "ReturnConsumedCapacity",
        "dynamodb:returnvalues": "ReturnValues",
        "dynamodb:select": "Select",
    },
    "events": {
        "events:detail-type": "Entries.DetailType",
        "events:source": "Entries.Source",
        "iam:passedtoservice": "=events.amazonaws.com",
    },
    "iam": {"aws:requestedregion": "=us-east-1"},
    "kms": {"kms:calleraccount": "={account}", "kms:viaservice": ""},
    "lambda": {
        "iam:passedtoservice": "=lambda.amazonaws.com",
        "lambda:functionurlauthtype": "FunctionUrlAuthType|AuthType",
        "lambda:principal": "Principal",
    },
    "pipes": {"iam:passedtoservice": "=pipes.amazonaws.com"},
    "s3": {
        "s3:delimiter": "Delimiter",
        "s3:locationconstraint": "CreateBucketConfiguration.LocationConstraint",
        "s3:max-keys": "MaxKeys",
        "s3:prefix": "Prefix",
        "s3:versionid": "VersionId",
        "s3:x-amz-acl": "ACL",
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
        "s3:x-amz-storage-class": "StorageClass",
    },
    "scheduler": {"iam:passedtoservice": "=scheduler.amazonaws.com"},
    "secretsmanager": {"secretsmanager:versionid": "VersionId", "secretsmanager:versionstage": "VersionStage"},
    "ses": {"ses:fromaddress": "Source"},
    "sesv2": {"ses:fromaddress": "FromEmailAddress"},
    "sns": {"sns:endpoint": "Endpoint", "sns:protocol": "Protocol"},
    "ssm": {"ssm:overwrite": "Overwrite", "ssm:recursive": "Recursive"},
    "stepfunctions": {"iam:passedtoservice": "=states.amazonaws.com"},
    "sts": {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"},
}
