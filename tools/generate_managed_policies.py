"""Generate `pytest_serverless/audits/managed_policies.json`: the AWS managed policies that Lambda roles usually have.

python tools/generate_managed_policies.py       writes the statements, from moto's table (Apache-2.0) of AWS's documents
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

DATA = Path(__file__).parents[1] / "pytest_serverless/audits/managed_policies.json"

NAMES = (
    "AdministratorAccess",
    "AmazonAPIGatewayInvokeFullAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonEventBridgeFullAccess",
    "AmazonKinesisFullAccess",
    "AmazonKinesisReadOnlyAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSESFullAccess",
    "AmazonSNSFullAccess",
    "AmazonSQSFullAccess",
    "AmazonSQSReadOnlyAccess",
    "AmazonSSMReadOnlyAccess",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaExecute",
    "AWSLambdaInvocation-DynamoDB",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSStepFunctionsFullAccess",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
    "CloudWatchLogsFullAccess",
    "PowerUserAccess",
    "SecretsManagerReadWrite",
)


def main() -> None:
    known: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    policies = {
        f"arn:aws:iam::aws:policy{known[name]['Path']}{name}": known[name]["Document"]["Statement"]
        for name in sorted(NAMES)
        if name in known
    }
    lines = [f"{json.dumps(arn)}:{json.dumps(rows, separators=(',', ':'))}" for arn, rows in policies.items()]
    DATA.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(
        f"{len(policies)} policies, {DATA.stat().st_size:,} bytes; unknown: {sorted(set(NAMES) - set(known)) or 'none'}"
    )


if __name__ == "__main__":
    main()
