"""Fetch uPlot, which draws the charts of HTML reports, into `pytest_serverless/report/page/assets/`.

    python tools/fetch_uplot.py [VERSION]       the version that is there already unless another is named
    python tools/fetch_uplot.py --check         fails where the files differ from those of the registry

It comes from the registry that npm is set up with, and npm checks what it gets. The version stands in the first line of
`uplot.js`; NOTICE names the licence.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "pytest_serverless/report/page/assets"
FILES = {"uplot.js": "dist/uPlot.iife.min.js", "uplot.css": "dist/uPlot.min.css", "uplot.licence": "LICENSE"}


def version_here() -> str:
    found = re.search(r"\(v([\d.]+)\)", (ASSETS / "uplot.js").read_text(encoding="utf-8"))
    if found is None:
        sys.exit("uplot.js does not say which version it is; name one.")
    return found[1]


def fetched(version: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"uplot@{version}", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            members = {name: packed.extractfile(f"package/{path}") for name, path in FILES.items()}
            return {name: member.read().decode().strip() + "\n" for name, member in members.items() if member}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", nargs="?")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    files = fetched(args.version or version_here())
    if args.check:
        differing = [name for name, text in files.items() if (ASSETS / name).read_text(encoding="utf-8") != text]
        print("\n".join(f"{name} differs" for name in differing) or "as it is in the registry")
        return 1 if differing else 0
    for name, text in files.items():
        (ASSETS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
