"""`pytest-serverless load observe`: what the platform knows of a run, whichever generator it was."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError

if TYPE_CHECKING:
    from pytest_serverless.load.estimates.thresholds import Threshold
    from pytest_serverless.load.observing import ObservedStack, Window
    from pytest_serverless.load.results import Target

__all__ = ["add_parser", "run"]

_DESCRIPTION = (
    "Print what CloudWatch knows of functions in a stretch of time, or what exported logs of AWS, Azure or Google "
    "Cloud tell: three rates of cold starts, throttles, concurrency, inits, durations and cost, whichever generator "
    "sent the requests. Exits with 0, with 1 where a threshold failed, with 4 where one is inconclusive, and with 2 "
    "where it cannot be told."
)
_EPILOG = (
    "Log lines can be queried after a minute or so and metrics after three: what is newer is waited for, --wait "
    "seconds at most. A query costs by what it reads, $0.005 a GB in us-east-1, of the time asked about and the five "
    "minutes before it; metrics cost $0.01 a thousand. What it has cost is printed. --policy prints the IAM policy "
    "that it takes."
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `observe` command."""
    parser = subparsers.add_parser(
        "observe",
        help="what the platform's own logs and metrics tell of a run of any generator",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    # `--from -30m` is a time, no option.
    parser._negative_number_matcher = re.compile(r"-\d")  # noqa: SLF001  # argparse has no other way
    what = parser.add_argument_group("what")
    what.add_argument("--stack", metavar="NAME", help="a CloudFormation, SAM or Serverless Framework stack")
    what.add_argument(
        "--function",
        action="append",
        default=[],
        metavar="NAME",
        help="a function by its name, name:alias or ARN; of a stack also by its id; may be given again",
    )
    what.add_argument("--logs", nargs="+", type=Path, metavar="FILE", help="exported logs instead, files or folders")
    when = parser.add_argument_group("when")
    when.add_argument("--from", dest="begin", metavar="TIME", help="ISO 8601, UTC unless it has a zone; or -30m")
    when.add_argument("--to", dest="end", default="now", metavar="TIME", help="the same; default: %(default)s")
    when.add_argument(
        "--wait", type=float, default=300.0, metavar="SECONDS", help="for what is yet to come, at most; default: 300"
    )
    where = parser.add_argument_group("where")
    where.add_argument("--region", help="default: that of the profile or of AWS_REGION")
    where.add_argument("--profile", help="of the AWS configuration; default: AWS_PROFILE")
    where.add_argument(
        "--policy",
        action="store_true",
        help="print the IAM policy that it takes, and ask nothing; with --stack that of a run with --serverless-stack",
    )
    _add_output(parser)
    parser.set_defaults(run=run)


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--threshold", action="append", default=[], metavar="TEXT", help="as 'throttles < 1%%'; may be given again"
    )
    group.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: %(default)s")
    group.add_argument("--output", type=Path, metavar="FILE", help="write it there, as JSON if it ends in .json")


def run(args: argparse.Namespace) -> int:
    """Print the observation, or write it to a file; return what its thresholds come to."""
    from pytest_serverless.load.estimates.thresholds import Threshold

    _check(args)
    if args.policy:
        return _print_policy(args)
    observed = _observed(args, [Threshold.parse(each) for each in args.threshold])
    _put(observed, args)
    return observed.exit_code


def _check(args: argparse.Namespace) -> None:
    if args.logs and (args.stack or args.function):
        raise InvalidParameterError("--logs are read instead of CloudWatch: leave out --stack and --function.")
    if not (args.logs or args.stack or args.function):
        raise InvalidParameterError(
            "There is nothing to observe: name a stack by --stack, functions by --function, or exported logs by --logs."
        )
    if not (args.begin or args.logs or args.policy):
        raise InvalidParameterError("Since when? --from 2026-11-23T12:00 (UTC), or --from -30m.")
    if args.wait < 0:
        raise InvalidParameterError(f"--wait {args.wait:g}: write 0 or more seconds.")


def _print_policy(args: argparse.Namespace) -> int:
    from pytest_serverless.load.observing.permissions import policy

    if args.logs:
        raise InvalidParameterError("--policy: files need no policy.")
    print(policy(args.function, stack=args.stack, region=args.region))
    print("Add the log groups of functions that log to others than /aws/lambda/NAME.", file=sys.stderr)
    if args.stack:
        print(
            "A run by --serverless-stack takes no more, with --serverless-cloudwatch too, unless it invokes functions "
            "by their names: these need lambda:InvokeFunction.",
            file=sys.stderr,
        )
    return 0


def _window(args: argparse.Namespace) -> Window:
    from pytest_serverless.load.observing import window_of

    return window_of(args.begin, args.end, time.time())


def _observed(args: argparse.Namespace, thresholds: list[Threshold]) -> ObservedStack:
    from pytest_serverless.load.observing import observe_exports, observe_functions
    from pytest_serverless.load.observing.clients import connect

    if args.logs:
        return observe_exports(args.logs, _window(args) if args.begin else None, thresholds=thresholds)
    window = _window(args)
    names, target = (args.function, None) if args.stack is None else _of_stack(args)
    observed = observe_functions(
        names,
        window,
        clients=connect(region=(target and target.region) or args.region, profile=args.profile),
        target=target,
        thresholds=thresholds,
        patience_s=args.wait,
        tell=lambda said: print(said, file=sys.stderr),
    )
    return _known(observed, window, names)


def _of_stack(args: argparse.Namespace) -> tuple[list[str], Target]:
    """Return the names of a stack's functions, or of those that are named by their ids, and what is known of it."""
    from pytest_serverless.load.targets.stack import reach_stack

    reached = reach_stack(args.stack, region=args.region, profile=args.profile)
    names = [reached.function(each) for each in args.function] or list(reached.functions.values())
    if not names:
        raise InvalidParameterError(f"The stack {args.stack!r} has no functions.")
    return names, reached.measured


def _known(observed: ObservedStack, window: Window, names: list[str]) -> ObservedStack:
    """Return it, if anything is known."""
    if observed.invocations or observed.inits or any(each.metrics.get("throttles") for each in observed.functions):
        return observed
    region = f" in {observed.target.region}" if observed.target.region else ""
    notes = "".join(f" {note}" for note in observed.notes)
    raise InvalidParameterError(
        f"Nothing was invoked{region} from {window}: CloudWatch tells of no invocation of {', '.join(names)}. "
        f"Times without a zone are UTC.{notes}"
    )


def _put(observed: ObservedStack, args: argparse.Namespace) -> None:
    from pytest_serverless.load.results.files import write_json

    if args.output is not None and (args.format == "json" or args.output.suffix == ".json"):
        write_json(observed.as_json(), args.output)
        return
    document = _document(observed, args.format)
    if args.output is None:
        print(document, end="")
        return
    try:
        args.output.write_text(document, encoding="utf-8")
    except OSError as error:
        raise InvalidParameterError(f"--output {args.output} cannot be written: {error.strerror}.") from error


def _document(observed: ObservedStack, form: str) -> str:
    from pytest_serverless.report.observing import render_observation

    if form == "json":
        document: dict[str, Any] = observed.as_json()
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return render_observation(observed, form)
