"""A little state of each service, how to change it, and how to look at it: what the snapshot is tried on."""

import io
import json
import zipfile


def package():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return 1")
    return stream.getvalue()


def role(client):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {}}]}
    roles = client("iam").list_roles()["Roles"]
    if not roles:
        return client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    return roles[0]["Arn"]


class S3:
    def make(self, client):
        client("s3").create_bucket(Bucket="uploads")
        client("s3").put_object(Bucket="uploads", Key="kept", Body=b"first")

    def change(self, client):
        client("s3").put_object(Bucket="uploads", Key="kept", Body=b"second")
        client("s3").put_object(Bucket="uploads", Key="new", Body=b"x" * 100_000)
        client("s3").create_bucket(Bucket="others")
        part = {"Bucket": "uploads", "Key": "large"}
        upload = client("s3").create_multipart_upload(**part)["UploadId"]
        client("s3").upload_part(**part, UploadId=upload, PartNumber=1, Body=b"part")

    def look(self, client):
        keys = [one["Key"] for one in client("s3").list_objects_v2(Bucket="uploads").get("Contents", ())]
        uploads = client("s3").list_multipart_uploads(Bucket="uploads").get("Uploads", [])
        bodies = [client("s3").get_object(Bucket="uploads", Key=key)["Body"].read() for key in keys]
        return keys, bodies, uploads, [one["Name"] for one in client("s3").list_buckets()["Buckets"]]


class DynamoDb:
    def make(self, client):
        client("dynamodb").create_table(
            TableName="items",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        client("dynamodb").put_item(TableName="items", Item={"id": {"S": "1"}})

    def change(self, client):
        put = {"TableName": "items", "Item": {"id": {"S": "2"}}}
        client("dynamodb").transact_write_items(TransactItems=[{"Put": put}])
        client("dynamodb").delete_item(TableName="items", Key={"id": {"S": "1"}})

    def look(self, client):
        table = client("dynamodb").describe_table(TableName="items")["Table"]
        return client("dynamodb").scan(TableName="items")["Items"], table["ItemCount"], table["LatestStreamArn"]


class Sns:
    def make(self, client):
        topic = client("sns").create_topic(Name="news")["TopicArn"]
        queue = "arn:aws:sqs:us-east-1:123456789012:jobs"
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def change(self, client):
        topic = client("sns").create_topic(Name="more")["TopicArn"]
        client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")

    def look(self, client):
        subscriptions = client("sns").list_subscriptions()["Subscriptions"]
        return [one["TopicArn"] for one in client("sns").list_topics()["Topics"]], subscriptions


class Events:
    def make(self, client):
        client("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")

    def change(self, client):
        client("events").create_event_bus(Name="orders")
        client("events").put_rule(Name="weekly", ScheduleExpression="rate(7 days)")
        client("events").put_targets(Rule="daily", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}])

    def look(self, client):
        rules = [one["Name"] for one in client("events").list_rules()["Rules"]]
        targets = client("events").list_targets_by_rule(Rule="daily")["Targets"]
        return rules, targets, [one["Name"] for one in client("events").list_event_buses()["EventBuses"]]


class SecretsManager:
    def make(self, client):
        client("secretsmanager").create_secret(Name="key", SecretString="first")

    def change(self, client):
        client("secretsmanager").put_secret_value(SecretId="key", SecretString="second")
        client("secretsmanager").create_secret(Name="other", SecretString="x")

    def look(self, client):
        secrets = client("secretsmanager").list_secrets()["SecretList"]
        return client("secretsmanager").get_secret_value(SecretId="key")["SecretString"], [
            one["ARN"] for one in secrets
        ]


class Ssm:
    def make(self, client):
        client("ssm").put_parameter(Name="/app/flag", Value="off", Type="String")

    def change(self, client):
        client("ssm").put_parameter(Name="/app/flag", Value="on", Type="String", Overwrite=True)
        client("ssm").put_parameter(Name="/app/new", Value="1", Type="SecureString")

    def look(self, client):
        found = client("ssm").get_parameters_by_path(Path="/app", WithDecryption=True)["Parameters"]
        return [(one["Name"], one["Value"], one["Version"]) for one in found]


class Kinesis:
    def make(self, client):
        client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
        client("kinesis").put_record(StreamName="clicks", Data=b"first", PartitionKey="a")

    def change(self, client):
        client("kinesis").put_record(StreamName="clicks", Data=b"second", PartitionKey="a")
        client("kinesis").create_stream(StreamName="others", ShardCount=2)

    def look(self, client):
        shard = client("kinesis").list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
        where = {"StreamName": "clicks", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = client("kinesis").get_shard_iterator(**where)["ShardIterator"]
        records = client("kinesis").get_records(ShardIterator=iterator)["Records"]
        return [one["Data"] for one in records], client("kinesis").list_streams()["StreamNames"]


class Iam:
    def make(self, client):
        role(client)

    def change(self, client):
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        client("iam").put_role_policy(RoleName="runner", PolicyName="all", PolicyDocument=json.dumps(policy))
        client("iam").create_user(UserName="someone")

    def look(self, client):
        return client("iam").list_role_policies(RoleName="runner")["PolicyNames"], client("iam").list_users()["Users"]


class Lambda:
    def make(self, client):
        client("lambda").create_function(
            FunctionName="resize", Runtime="python3.12", Role=role(client), Handler="app.handler",
            Code={"ZipFile": package()},
        )  # fmt: skip

    def change(self, client):
        client("lambda").update_function_configuration(FunctionName="resize", Timeout=60)
        client("lambda").publish_version(FunctionName="resize")

    def look(self, client):
        versions = client("lambda").list_versions_by_function(FunctionName="resize")["Versions"]
        return [(one["Version"], one["Timeout"], one["CodeSha256"]) for one in versions]


class Logs:
    def make(self, client):
        client("logs").create_log_group(logGroupName="/app")
        client("logs").create_log_stream(logGroupName="/app", logStreamName="one")

    def change(self, client):
        events = [{"timestamp": 1_760_000_000_000, "message": "hello"}]
        client("logs").put_log_events(logGroupName="/app", logStreamName="one", logEvents=events)
        client("logs").create_log_group(logGroupName="/other")

    def look(self, client):
        groups = [one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]]
        streams = client("logs").describe_log_streams(logGroupName="/app")["logStreams"]
        return groups, [(one["logStreamName"], one["storedBytes"]) for one in streams]


class Kms:
    def make(self, client):
        key = client("kms").create_key(Description="ours")["KeyMetadata"]["KeyId"]
        client("kms").create_alias(AliasName="alias/ours", TargetKeyId=key)
        self.secret = client("kms").encrypt(KeyId=key, Plaintext=b"word")["CiphertextBlob"]

    def change(self, client):
        client("kms").disable_key(KeyId=client("kms").list_keys()["Keys"][0]["KeyId"])
        client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")

    def look(self, client):
        keys = [
            client("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in client("kms").list_keys()["Keys"]
        ]
        word = client("kms").decrypt(CiphertextBlob=self.secret)["Plaintext"]
        return word, [(one["KeyId"], one["Enabled"]) for one in keys]


class StepFunctions:
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})

    def make(self, client):
        machine = {"name": "flow", "definition": self.definition, "roleArn": role(client)}
        client("stepfunctions").create_state_machine(**machine)

    def change(self, client):
        arn = client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
        client("stepfunctions").start_execution(stateMachineArn=arn, name="run")

    def look(self, client):
        machines = client("stepfunctions").list_state_machines()["stateMachines"]
        arns = [one["stateMachineArn"] for one in machines]
        return arns, [client("stepfunctions").list_executions(stateMachineArn=arn)["executions"] for arn in arns]


class CognitoIdp:
    def make(self, client):
        pool = client("cognito-idp").create_user_pool(PoolName="users")["UserPool"]["Id"]
        client("cognito-idp").create_user_pool_client(UserPoolId=pool, ClientName="web")

    def change(self, client):
        pool = client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"][0]["Id"]
        client("cognito-idp").admin_create_user(UserPoolId=pool, Username="ada")

    def look(self, client):
        pools = [one["Id"] for one in client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"]]
        return pools, [client("cognito-idp").list_users(UserPoolId=pool)["Users"] for pool in pools]


SERVICES = {
    "s3": S3,
    "dynamodb": DynamoDb,
    "sns": Sns,
    "events": Events,
    "secretsmanager": SecretsManager,
    "ssm": Ssm,
    "kinesis": Kinesis,
    "iam": Iam,
    "lambda": Lambda,
    "logs": Logs,
    "kms": Kms,
    "stepfunctions": StepFunctions,
    "cognito-idp": CognitoIdp,
}
