"""Record what Serverless Framework makes of a `serverless.yml`, which ours is held to.

`compiled.json` is the template that it packages, `resolved.json` (in `variables`) the values that it prints.

    python tools/record_serverless.py path/to/serverless.js fixtures/templates/serverless/*/

Needs Node.js and Serverless Framework 3.40, the last version that runs without a login. What changes with every run is
left out: digests of archives, times, and the framework's own functions that set things up while it deploys.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TEMPLATE = ".serverless/cloudformation-template-update-stack.json"
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "SLS_NOTIFICATIONS_MODE": "off",
    "SLS_TELEMETRY_DISABLED": "1",
}
DIGEST = re.compile(r"(?<=LambdaVersion)[0-9A-Za-z]{20,}|(?<=ApiGatewayDeployment)[0-9]{10,}")
ONE_TIME = re.compile(r"^WebsocketsDeployment(?!Stage)|CustomResources|^CustomDashresource")


def recorded(template):
    """Return the resources and outputs that are the same in every run."""
    resources = {
        key: {"Type": body["Type"], "Properties": body.get("Properties", {})}
        for key, body in template["Resources"].items()
        if not ONE_TIME.search(key) and "Custom::" not in body["Type"]
    }
    for body in resources.values():
        if body["Type"] == "AWS::Lambda::Function":
            del body["Properties"]["Code"]
        body["Properties"].pop("DeploymentId", None)
        body["Properties"].pop("CodeSha256", None)
    outputs = {key: body["Value"] for key, body in template["Outputs"].items()}
    return {"Resources": resources, "Outputs": outputs}


def record_package(program, folder):
    run(program, folder, "package")
    found = recorded(json.loads(DIGEST.sub("", (folder / TEMPLATE).read_text())))
    (folder / "compiled.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(folder / ".serverless")


def record_variables(program, folder):
    found = json.loads(run(program, folder, "print", "--format", "json"))["custom"]
    (folder / "resolved.json").write_text(json.dumps(found, indent=1) + "\n")


def run(program, folder, *arguments):
    command = ["node", program, *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **SETTINGS}, check=True, stdout=subprocess.PIPE
    ).stdout


def main(program, *folders):
    for folder in map(Path, folders):
        record = record_variables if folder.name == "variables" else record_package
        record(program, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
