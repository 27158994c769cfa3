"""Write the table of SAM's policy templates, and of the folders of AWS's managed policies, from aws-sam-translator.

Run it where aws-sam-translator is installed (it is among the test requirements): python tools/generate_sam_policies.py
"""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import samtranslator

SOURCE = Path(samtranslator.__file__).parent
TARGET = Path(__file__).parents[1] / "pytest_serverless/templates/data/sam_policies.json"


def templates() -> dict[str, Any]:
    """Return each template's parameters and statements; descriptions are left out."""
    found = json.loads((SOURCE / "policy_templates_data/policy_templates.json").read_text(encoding="utf-8"))
    return {
        name: {"parameters": sorted(template["Parameters"]), "statements": template["Definition"]["Statement"]}
        for name, template in sorted(found["Templates"].items())
    }


def managed() -> dict[str, list[str]]:
    """Return the names of the managed policies that stand in a folder; the others stand at the root."""
    found = json.loads((SOURCE / "internal/data/aws_managed_policies.json").read_text(encoding="utf-8"))
    folders: dict[str, list[str]] = {}
    for name, arn in sorted(found["aws"].items()):
        folder = arn.partition(":policy/")[2].rpartition("/")[0]
        if folder in ("job-function", "service-role"):  # no role of an application has those of aws-service-role
            folders.setdefault(folder, []).append(name)
    return folders


def main() -> None:
    table = {
        "source": f"aws-sam-translator {importlib.metadata.version('aws-sam-translator')}, Apache-2.0",
        "managed": managed(),
        "templates": templates(),
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(table['templates'])} templates, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
