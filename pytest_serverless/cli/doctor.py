"""`pytest-serverless doctor`: what is installed, what is in the way, what works on this system, and the stacks here.

Of what is installed nothing is imported: the metadata of distributions says it all. Handlers are, as `doctor_stacks`
tells.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pytest_serverless.cli.doctor_finding import Finding, columns
from pytest_serverless.cli.doctor_stacks import StackReport, examine_stacks
from pytest_serverless.cli.template_options import add_options, choices

__all__ = ["Finding", "Machine", "add_parser", "examine", "read_machine", "run"]

DISTRIBUTION = "pytest-serverless-toolkit"

_BRINGS = {
    "aws": "boto3 and moto for what a handler calls, and AWS's own runtime client",
    "azure": "Azure's events as its own azure.functions objects, and invoke for Azure functions",
    "gcp": "Google's events through its own functions_framework, and invoke for Google functions",
    "local": "the local platform: functions in processes of their own, behind Lambda's and the template's APIs",
    "load": "Locust; keep it in an environment of its own, its pytest plugin takes --host",
}
_OLDEST, _NEWEST = (3, 10), (3, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What doctor judges: an interpreter, its system, and the distributions it finds.

    `distributions` maps canonical names to versions; `requirements` are those of the toolkit as its metadata gives
    them, None where it is not installed as a distribution; `pytest_plugins` maps the names of pytest11 entry points to
    their distributions. `node` is the version of Node.js on the path, empty where there is none.
    """

    python: tuple[int, int, int]
    system: str
    architecture: str
    distributions: Mapping[str, str]
    requirements: Sequence[str] | None
    pytest_plugins: Mapping[str, str]
    node: str = ""


def read_machine() -> Machine:
    """Read this interpreter and what is installed in it."""
    installed: dict[str, str] = {
        canonicalize_name(name): distribution.version
        for distribution in metadata.distributions()
        if (name := distribution.metadata["Name"])
    }
    plugins = metadata.entry_points(group="pytest11")
    return Machine(
        python=sys.version_info[:3],
        system=platform.system(),
        architecture=platform.machine(),
        distributions=installed,
        requirements=metadata.requires(DISTRIBUTION) or [] if DISTRIBUTION in installed else None,
        pytest_plugins={plugin.name: canonicalize_name(plugin.dist.name) for plugin in plugins if plugin.dist},
        node=_node(),
    )


def _node() -> str:
    from pytest_serverless.local.sandboxes.nodejs import node_version

    program = shutil.which("node")
    return ".".join(map(str, node_version(program))) if program else ""


def examine(machine: Machine) -> list[Finding]:
    """Return what there is to say of a machine, in the order it is printed."""
    return [
        *_python(machine),
        *_system(machine),
        *_requirements(machine),
        *_local_platform(machine),
        *_conflicts(machine),
    ]


def _python(machine: Machine) -> Iterator[Finding]:
    version = ".".join(map(str, machine.python))
    if machine.python[:2] < _OLDEST:
        yield Finding(
            level="problem", subject="python", text=f"{version} is too old", remedy="use Python 3.10 or newer"
        )
    elif machine.python[:2] > _NEWEST:
        yield Finding(level="note", subject="python", text=f"{version} is newer than any this release was tried on")
    else:
        yield Finding(level="ok", subject="python", text=version)


def _system(machine: Machine) -> Iterator[Finding]:
    name = f"{machine.system} ({machine.architecture})"
    if machine.system == "Windows":
        late = "a handler over its timeout is reported when it ends, for Windows has no timer that could stop it"
        yield Finding(level="note", subject="system", text=f"{name}: events, contexts and invoke; {late}")
    elif machine.system in ("Linux", "Darwin"):
        stopped = "a handler over its timeout is stopped"
        yield Finding(level="ok", subject="system", text=f"{name}: events, contexts and invoke; {stopped}")
    else:
        yield Finding(level="note", subject="system", text=f"{name}: not tried; what is plain Python should work")


def _requirements(machine: Machine) -> Iterator[Finding]:
    if machine.requirements is None:
        yield Finding(
            level="problem",
            subject=DISTRIBUTION,
            text="not installed as a distribution, so pytest does not load its plugin",
            remedy=f"pip install {DISTRIBUTION}",
        )
        return
    yield Finding(level="ok", subject=DISTRIBUTION, text=machine.distributions[DISTRIBUTION])
    requirements = [Requirement(text) for text in machine.requirements]
    for requirement in requirements:
        if _applies(requirement, machine, extra=""):
            yield _core(requirement, machine)
    for extra, brings in _BRINGS.items():
        members = _members(extra, requirements, machine)
        yield _extra(extra, brings, members, machine)


def _members(extra: str, requirements: Sequence[Requirement], machine: Machine) -> list[Requirement]:
    """Return what an extra brings to the machine; other extras that it takes in are listed by themselves."""
    found = [each for each in requirements if not _applies(each, machine, "") and _applies(each, machine, extra)]
    return [each for each in found if canonicalize_name(each.name) != DISTRIBUTION]


def _local_platform(machine: Machine) -> Iterator[Finding]:
    """Say what the local platform can run; that its extra is missing was said before."""
    requirements = [Requirement(text) for text in machine.requirements or ()]
    subject = "local platform"
    if machine.system == "Windows":
        text = "not on Windows: it ends the functions' processes by signals of POSIX"
        yield Finding(level="note", subject=subject, text=text, remedy="run it in WSL 2; `serverless` works here")
        return
    members = [member for extra in ("aws", "local") for member in _members(extra, requirements, machine)]
    if machine.requirements is None or any(_fault(member, machine) for member in members):
        remedy = f"pip install '{DISTRIBUTION}[local]'"
        yield Finding(level="missing", subject=subject, text="it needs the extras aws and local", remedy=remedy)
        return
    client = "AWS's own runtime client" if machine.system == "Linux" else "a bootstrap of ours"
    node = f"Node.js functions by Node.js {machine.node}" if machine.node else "no Node.js functions: there is no node"
    yield Finding(level="ok", subject=subject, text=f"Python functions under {client}; {node}")


def _applies(requirement: Requirement, machine: Machine, extra: str) -> bool:
    """Tell whether a requirement counts with that extra on the machine."""
    systems = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}
    environment = {
        "extra": extra,
        "python_version": "{}.{}".format(*machine.python),
        "platform_system": machine.system,
        "sys_platform": systems.get(machine.system, machine.system.lower()),
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def _core(requirement: Requirement, machine: Machine) -> Finding:
    fault = _fault(requirement, machine)
    if fault:
        return Finding(
            level="problem", subject=requirement.name, text=fault, remedy=f"pip install '{_wanted(requirement)}'"
        )
    return Finding(
        level="ok", subject=requirement.name, text=machine.distributions[canonicalize_name(requirement.name)]
    )


def _extra(extra: str, brings: str, members: Sequence[Requirement], machine: Machine) -> Finding:
    subject = f"extra {extra}"
    if not members:
        return Finding(level="note", subject=subject, text="not for this Python or system")
    faults = [fault for member in members if (fault := _fault(member, machine))]
    if faults:
        text = f"{'; '.join(faults)}. It would bring {brings}"
        return Finding(level="missing", subject=subject, text=text, remedy=f"pip install '{DISTRIBUTION}[{extra}]'")
    found = ", ".join(f"{m.name} {machine.distributions[canonicalize_name(m.name)]}" for m in members)
    return Finding(level="ok", subject=subject, text=found)


def _fault(requirement: Requirement, machine: Machine) -> str:
    """Say what is wrong with what a requirement asks for; empty where it is met."""
    version = machine.distributions.get(canonicalize_name(requirement.name))
    if version is None:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} {version} does not satisfy {requirement.specifier}"
    return ""


def _wanted(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _conflicts(machine: Machine) -> Iterator[Finding]:
    installed = machine.distributions
    if "pytest-serverless" in installed:
        yield Finding(
            level="problem",
            subject="pytest-serverless",
            text=f"{installed['pytest-serverless']} is another, abandoned project that imports as pytest_serverless "
            "too: its fixtures and markers cannot be used beside this toolkit",
            remedy="pip uninstall pytest-serverless",
        )
    for name, owner in machine.pytest_plugins.items():
        if owner == "locust":
            yield Finding(
                level="note",
                subject="locust",
                text="its pytest plugin takes --host, -H and the fixtures session and fastsession; the toolkit uses "
                "none of them, but another plugin or a conftest.py that adds --host fails",
                remedy=f"where that happens: pytest -p no:{name}",
            )
    if "aiobotocore" in installed:
        yield Finding(
            level="ok",
            subject="aiobotocore",
            text=f"{installed['aiobotocore']}: its clients are mocked in tests with our backends, "
            "not by mock_aws alone",
        )
    if "pytest-timeout" in installed:
        yield Finding(
            level="ok",
            subject="pytest-timeout",
            text="shares the alarm signal with invoke, which gives it back with the time that was left",
        )


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `doctor` command."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what is installed, what is in the way and what works here",
        description="Say what is installed, what is in the way and what works on this system; then, of each stack "
        "below the folder, which functions can be imported and what of it has no counterpart here. To find that out it "
        "IMPORTS EVERY HANDLER: their modules are executed, each in a process of its own, with the function's "
        "environment, made-up credentials and no network. Exits with 1 where something breaks.",
    )
    parser.add_argument("folder", nargs="?", default=".", help="where to look for stacks; default: %(default)s")
    parser.add_argument("--no-import", action="store_true", help="do not import the handlers")
    add_options(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings; return 1 where one of them is a problem."""
    stacks = examine_stacks(Path(args.folder), importing=not args.no_import, **choices(args))
    findings = examine(read_machine())
    lines = [as_json(findings, stacks)] if args.format == "json" else as_text(findings, stacks)
    for line in lines:
        print(line)
    return 1 if _broken(findings, stacks) else 0


def _broken(findings: Iterable[Finding], stacks: Iterable[StackReport]) -> int:
    everything = [*findings, *(finding for stack in stacks for finding in stack.findings)]
    return sum(finding.level == "problem" for finding in everything)


def as_json(findings: Sequence[Finding], stacks: Sequence[StackReport]) -> str:
    """Return the findings as one JSON text."""
    found = {
        "ok": not _broken(findings, stacks),
        "findings": [asdict(finding) for finding in findings],
        "stacks": [asdict(stack) for stack in stacks],
    }
    return json.dumps(found, indent=2)


def as_text(findings: Sequence[Finding], stacks: Sequence[StackReport]) -> Iterator[str]:
    """Yield the findings as lines in columns, those on each stack below its name, and a sentence that sums up."""
    yield from columns(findings)
    for stack in stacks:
        yield ""
        yield f"{stack.template}{f' ({stack.name})' if stack.name else ''}"
        yield from columns(stack.findings)
    if stacks:
        yield ""
    broken = _broken(findings, stacks)
    yield f"{broken} problem{'' if broken == 1 else 's'} found." if broken else "Nothing is in the way."
