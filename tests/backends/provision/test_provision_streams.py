from tests.backends.provision.cloud import resource


def test_a_stream_has_its_arn_and_settings(cloud):
    made = cloud.make(
        resource(
            "AWS::Kinesis::Stream",
            "Clicks",
            ShardCount="2",
            RetentionPeriodHours=48,
            StreamEncryption={"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
            Tags=[{"Key": "team", "Value": "shop"}],
        )
    )

    kinesis = cloud.client("kinesis")
    read = kinesis.describe_stream_summary(StreamName=made.name)["StreamDescriptionSummary"]
    assert (read["StreamARN"], read["OpenShardCount"]) == (made.attributes["Arn"], 2)
    assert (read["RetentionPeriodHours"], read["EncryptionType"]) == (48, "KMS")
    assert kinesis.list_tags_for_stream(StreamName=made.name)["Tags"] == [{"Key": "team", "Value": "shop"}]


def test_a_stream_on_demand_is_one(cloud):
    made = cloud.make(resource("AWS::Kinesis::Stream", "Clicks", StreamModeDetails={"StreamMode": "ON_DEMAND"}))

    read = cloud.client("kinesis").describe_stream_summary(StreamName=made.name)["StreamDescriptionSummary"]
    assert read["StreamModeDetails"]["StreamMode"] == "ON_DEMAND"


def test_a_consumer_has_the_arn_that_references_gave(cloud):
    stream = resource("AWS::Kinesis::Stream", "Clicks")
    made = cloud.make(
        resource("AWS::Kinesis::StreamConsumer", "Fast", StreamARN=stream.arn, ConsumerName="fast"), stream
    )

    (read,) = cloud.client("kinesis").list_stream_consumers(StreamARN=stream.arn)["Consumers"]
    assert (read["ConsumerName"], read["ConsumerARN"]) == ("fast", made.attributes["ConsumerARN"])


def test_a_delivery_stream_writes_to_its_bucket(cloud):
    bucket = resource("AWS::S3::Bucket", "Lake", BucketName="lake")
    destination = {
        "BucketARN": bucket.arn,
        "RoleARN": "arn:aws:iam::123456789012:role/firehose",
        "BufferingHints": {"SizeInMBs": "5", "IntervalInSeconds": 60},
        "CompressionFormat": "UNCOMPRESSED",
    }
    made = resource(
        "AWS::KinesisFirehose::DeliveryStream",
        "Flow",
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration=destination,
    )
    cloud.make(bucket, made)

    read = cloud.client("firehose").describe_delivery_stream(DeliveryStreamName=made.name)
    assert read["DeliveryStreamDescription"]["DeliveryStreamARN"] == made.attributes["Arn"]
    cloud.client("firehose").put_record(DeliveryStreamName=made.name, Record={"Data": b"hello"})
    (written,) = cloud.client("s3").list_objects_v2(Bucket="lake")["Contents"]
    assert b"hello" in cloud.client("s3").get_object(Bucket="lake", Key=written["Key"])["Body"].read()


def test_a_log_group_keeps_for_as_long_as_it_says(cloud):
    made = cloud.make(resource("AWS::Logs::LogGroup", "Log", LogGroupName="/shop/log", RetentionInDays="7"))

    (read,) = cloud.client("logs").describe_log_groups()["logGroups"]
    assert (read["logGroupName"], read["retentionInDays"]) == ("/shop/log", 7)
    assert read["arn"] == made.attributes["Arn"]


def test_a_subscription_filter_is_stored_though_its_function_is_not_in_moto(cloud):
    group = resource("AWS::Logs::LogGroup", "Log", LogGroupName="/shop/log")
    destination = "arn:aws:lambda:us-east-1:123456789012:function:shop-Fn"
    made = resource(
        "AWS::Logs::SubscriptionFilter",
        "Errors",
        LogGroupName="/shop/log",
        FilterPattern="ERROR",
        DestinationArn=destination,
    )
    cloud.make(made, group)

    logs = cloud.client("logs")
    (read,) = logs.describe_subscription_filters(logGroupName="/shop/log")["subscriptionFilters"]
    assert (read["filterName"], read["filterPattern"]) == (made.name, "ERROR")
    assert read["destinationArn"] == destination


def test_streams_and_metric_filters_hang_on_their_group(cloud):
    group = resource("AWS::Logs::LogGroup", "Log", LogGroupName="/shop/log")
    stream = resource("AWS::Logs::LogStream", "Stream", LogGroupName="/shop/log", LogStreamName="one")
    metric = resource(
        "AWS::Logs::MetricFilter",
        "Metric",
        LogGroupName="/shop/log",
        FilterName="errors",
        FilterPattern="ERROR",
        MetricTransformations=[{"MetricName": "Errors", "MetricNamespace": "shop", "MetricValue": 1}],
    )
    cloud.make(metric, stream, group)

    logs = cloud.client("logs")
    assert [each["logStreamName"] for each in logs.describe_log_streams(logGroupName="/shop/log")["logStreams"]] == [
        "one"
    ]
    assert [each["filterName"] for each in logs.describe_metric_filters()["metricFilters"]] == ["errors"]


def test_alarms_and_dashboards_are_described(cloud):
    made = resource(
        "AWS::CloudWatch::Alarm",
        "Errors",
        MetricName="Errors",
        Namespace="AWS/Lambda",
        Statistic="Sum",
        Period="60",
        EvaluationPeriods=1,
        Threshold="1",
        ComparisonOperator="GreaterThanThreshold",
        Dimensions=[{"Name": "FunctionName", "Value": "shop-Fn"}],
    )
    cloud.make(
        made, resource("AWS::CloudWatch::Dashboard", "Board", DashboardName="board", DashboardBody={"widgets": []})
    )

    (read,) = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert (read["AlarmName"], read["AlarmArn"]) == (made.name, made.attributes["Arn"])
    assert (read["Threshold"], read["Period"]) == (1.0, 60)
    (board,) = cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert board["DashboardName"] == "board"
