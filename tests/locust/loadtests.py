"""The scenarios of `loadtests/` against the sample applications, on the local platform."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LOADTESTS = ROOT / "loadtests"
APPS = ROOT / "fixtures/apps"


def against(app: str, platform: str = "") -> list[str]:
    """Arguments of a run against a sample application; `platform` are those of the platform."""
    return ["--serverless-local", str(APPS / app), f"--serverless-local-arguments={platform}"]


def simulated(service: str, *others: str) -> str:
    """Arguments of a platform whose functions take that long, and do nothing else."""
    return " ".join(["--simulate", service, "--no-backends", *others])


def kinds(result) -> set[str]:
    """Which kinds of answers there were in the judged phases."""
    return {kind for kind, _, _ in result.cell.counts}
