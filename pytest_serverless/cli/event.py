"""`pytest-serverless event`: list, new, check and fix."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_serverless import events
from pytest_serverless.cli import event_files, event_report
from pytest_serverless.cli.event_parameters import assignments, coerce, overrides
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.source import describe
from pytest_serverless.registry import registry

if TYPE_CHECKING:
    from pytest_serverless.events import EventType

__all__ = ["add_parser"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `event` command and its own commands."""
    parser = subparsers.add_parser("event", help="build accurate events, check and fix hand-written ones")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_list(commands)
    _add_new(commands)
    _add_check(commands)
    _add_fix(commands)


def _add_list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("list", help="list the event types")
    parser.add_argument("--provider", help="only those of this provider: aws, azure, gcp")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    parser.set_defaults(run=list_types)


def _add_new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "new",
        help="print an accurate event as JSON",
        description="Print an accurate event as JSON; `event list --format json` tells each type's parameters.",
    )
    parser.add_argument("name", nargs="+", metavar="NAME", help="the event type: aws.sqs.fifo, or aws sqs fifo")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the builder: text as it is, numbers, true or false, objects and lists as JSON",
    )
    parser.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="PATH=JSON",
        help="a value in the event, set before anything is derived from it: 'Records[0].awsRegion=\"eu-central-1\"'",
    )
    parser.add_argument(
        "--allow-inconsistent", action="store_true", help="take overrides that the provider would never send"
    )
    parser.add_argument("--seed", type=int, help="make the same ids each time")
    parser.set_defaults(run=new)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="say what is wrong with hand-written events",
        description="Say how the events in files differ from what their provider sends. Exits with 1 where they do.",
    )
    _add_paths(parser)
    parser.add_argument(
        "--format",
        choices=tuple(event_report.FORMATS),
        default="text",
        help="a table, JSON, or annotations for GitHub; default: %(default)s",
    )
    parser.set_defaults(run=check)


def _add_fix(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "fix",
        help="turn hand-written events into accurate ones",
        description="Show what would make the events in files accurate, as a diff. Exits with 1 where there is one.",
    )
    _add_paths(parser)
    parser.add_argument("--write", action="store_true", help="change the files")
    parser.set_defaults(run=fix)


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a file, or a folder whose *.json files count, those in hidden folders and node_modules aside",
    )


def list_types(args: argparse.Namespace) -> int:
    """Print every event type, or those of one provider."""
    provider = args.provider and registry().provider(args.provider).name
    found = [event_type for event_type in events.catalog() if provider in (None, event_type.provider)]
    if args.format == "json":
        print(json.dumps([_described(event_type) for event_type in found], indent=2))
        return 0
    wide = max((len(event_type.name) for event_type in found), default=0)
    for event_type in found:
        print(f"{event_type.name:<{wide}}  {event_type.summary}")
    return 0


def _described(event_type: EventType) -> dict[str, Any]:
    return {
        "name": event_type.name,
        "provider": event_type.provider,
        "source": event_type.source,
        "variant": event_type.variant,
        "summary": event_type.summary,
        "reference": event_type.reference,
        "parameters": {name: describe(p.annotation) for name, p in event_type.parameters.items()},
    }


def new(args: argparse.Namespace) -> int:
    """Print a new event."""
    event_type: EventType = events.catalog()[".".join(args.name)]
    known = event_type.parameters
    given: dict[str, Any] = {
        name: coerce(text, known[name].annotation, name) if name in known else text
        for name, text in assignments(args.set).items()
    }
    if args.override:
        given["overrides"] = overrides(args.override)
    if args.allow_inconsistent:
        given["allow_inconsistent"] = True
    if args.seed is not None:
        event_type = replace(event_type, mint=Mint(seed=args.seed))
    print(json.dumps(event_type.build(**given), indent=2, ensure_ascii=False))
    return 0


def check(args: argparse.Namespace) -> int:
    """Print what is wrong with the events in files; return 2 where a file cannot be read, else 1 where one is wrong."""
    report = event_files.check(event_files.find(args.paths), events.catalog())
    for line in event_report.FORMATS[args.format](report):
        print(line)
    _complain(report)
    return 2 if report.unreadable else 1 if report.violations else 0


def fix(args: argparse.Namespace) -> int:
    """Print the diffs that make the events in files accurate, or write them."""
    report = event_files.fix(event_files.find(args.paths), events.catalog(), write=args.write)
    for line in () if args.write else event_report.diffs(report):
        print(line)
    for line in event_report.fixes(report, written=args.write):
        print(line, file=sys.stderr)
    _complain(report)
    if report.unreadable:
        return 2
    return 1 if report.remaining or (report.changed and not args.write) else 0


def _complain(report: event_files.Report) -> None:
    for line in event_report.unreadable(report):
        print(line, file=sys.stderr)
