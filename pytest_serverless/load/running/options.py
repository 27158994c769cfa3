"""The options that a load test adds to Locust's, and what they come to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, Protocol

from pytest_serverless.clock import seconds
from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.estimates.thresholds import thresholds
from pytest_serverless.load.estimates.validity import Tolerances
from pytest_serverless.load.running.conducting import Settings
from pytest_serverless.load.safety import EXPECTED_MS, Caps

__all__ = ["OPTIONS", "add_options", "caps_of", "check_files", "expected_ms", "overrides_of", "settings_of"]


class Parser(Protocol):
    """What options are added to: argparse's parsers and groups are such."""

    def add_argument(self, *names: str, **settings: Any) -> Any:
        """Add an option."""


_TARGET: Final[Mapping[str, Mapping[str, Any]]] = {
    "--serverless-local": {
        "nargs": "?",
        "const": "",
        "metavar": "TEMPLATE",
        "help": "drive the application of a template, or of this folder, on the local platform",
    },
    "--serverless-local-arguments": {
        "default": "",
        "metavar": "ARGUMENTS",
        "help": "of `pytest-serverless local`, as in a shell: '--simulate 20ms --limit account_concurrency=10'",
    },
    "--serverless-python": {
        "metavar": "PYTHON",
        "help": "the interpreter of the local platform and its functions; default: this one",
    },
    "--serverless-stack": {"metavar": "NAME", "help": "drive a deployed CloudFormation, SAM or Serverless stack"},
    "--serverless-region": {"metavar": "REGION", "help": "where the stack is; default: as the AWS SDK finds it"},
    "--serverless-profile": {"metavar": "PROFILE", "help": "of the AWS credentials"},
    "--serverless-ca-file": {"metavar": "FILE", "help": "certificates to trust instead of the usual ones"},
    "--serverless-insecure": {"action": "store_true", "help": "do not verify the target's certificate"},
}
_LAG_HELP: Final = "how late arrivals may be sent (p99) before the run is invalid; default: %(default)g"
_LOAD: Final[Mapping[str, Mapping[str, Any]]] = {
    "--serverless-arrival-rate": {"type": float, "metavar": "PER_S", "help": "arrivals a second, of the one scenario"},
    "--serverless-hold": {"metavar": "DURATION", "help": "how long the rate is kept: 60s, 10m"},
    "--serverless-seed": {"type": int, "default": 0, "metavar": "N", "help": "of the arrivals; default: %(default)s"},
    "--serverless-threshold": {
        "action": "append",
        "default": [],
        "metavar": "THRESHOLD",
        "help": "judge the run by it too: 'throttles < 1%%'; may be repeated",
    },
    "--serverless-cloudwatch": {
        "action": "store_true",
        "help": "when the run has ended, wait for what CloudWatch knows of it: inits, cold starts without the probe",
    },
    "--serverless-max-lag": {"type": float, "default": Tolerances().lag_p99_ms, "metavar": "MS", "help": _LAG_HELP},
    "--serverless-extend": {
        "default": "0s",
        "metavar": "DURATION",
        "help": "go on for at most so long where thresholds are inconclusive",
    },
}
_OUTPUT: Final[Mapping[str, Mapping[str, Any]]] = {
    "--serverless-result": {
        "default": "serverless-result.json",
        "metavar": "FILE",
        "help": "where the result is written, '' for nowhere; default: %(default)s",
    },
    "--serverless-html": {"metavar": "FILE", "help": "write the report as one HTML page too"},
}
_SAFETY: Final[Mapping[str, Mapping[str, Any]]] = {
    "--serverless-max-cost": {"metavar": "DOLLARS", "help": "refuse a run that may cost more, and end one that does"},
    "--serverless-expected-duration": {
        "default": f"{EXPECTED_MS:g}ms",
        "metavar": "DURATION",
        "help": "of one invocation, for the cost before the run; default: %(default)s",
    },
    "--serverless-max-arrivals": {"type": int, "metavar": "N", "help": "refuse a run of more arrivals"},
    "--serverless-max-duration": {"metavar": "DURATION", "help": "refuse a longer run"},
    "--serverless-account": {
        "action": "append",
        "default": [],
        "metavar": "ACCOUNT",
        "help": "an AWS account that may be driven, none else; may be repeated",
    },
    "--serverless-stack-tag": {
        "action": "append",
        "default": [],
        "metavar": "NAME=VALUE",
        "help": "a tag that the stack must have; may be repeated",
    },
    "--serverless-until-throttled": {
        "action": "store_true",
        "help": "let scenarios throttle functions without reserved concurrency, and with them the whole account",
    },
    "--serverless-abort-on": {
        "action": "append",
        "default": [],
        "metavar": "CONDITION",
        "help": "end the run when that holds over ten seconds: 'failed > 50%%'; may be repeated",
    },
}
OPTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "serverless target": _TARGET,
    "serverless load": _LOAD,
    "serverless output": _OUTPUT,
    "serverless safety": _SAFETY,
}
"""By the title of its group, each option with what argparse must know of it."""


def add_options(make_group: Any) -> None:
    """Add all options; `make_group(title)` gives what those of one title are added to."""
    for title, options in OPTIONS.items():
        group: Parser = make_group(title)
        for name, settings in options.items():
            group.add_argument(name, **settings)


def settings_of(options: Any) -> Settings:
    """Return what the options say of the run; InvalidParameterError names the option that cannot be read."""
    return Settings(
        seed=options.serverless_seed,
        thresholds=thresholds(*options.serverless_threshold),
        tolerances=Tolerances(lag_p99_ms=options.serverless_max_lag),
        profile=options.serverless_profile,
        extend_s=_seconds("--serverless-extend", options.serverless_extend),
        result=Path(options.serverless_result) if options.serverless_result else None,
        page=Path(options.serverless_html) if options.serverless_html else None,
    )


def check_files(settings: Settings) -> None:
    """Raise InvalidParameterError where what a run comes to could not be written: before it, not after."""
    for option, path in (("--serverless-result", settings.result), ("--serverless-html", settings.page)):
        if path is None:
            continue
        folder = path.parent
        if path.is_dir() or not folder.is_dir():
            what = "is a folder" if path.is_dir() else f"cannot be written: there is no folder {folder}"
            raise InvalidParameterError(f"{option}: {path} {what}.")
        if not os.access(folder, os.W_OK):
            raise InvalidParameterError(f"{option}: {path} cannot be written: {folder} may not be written to.")


def caps_of(options: Any) -> Caps:
    """Return the most that the options let a run be."""
    longest = options.serverless_max_duration
    return Caps(
        max_arrivals=options.serverless_max_arrivals,
        max_duration_s=None if longest is None else _seconds("--serverless-max-duration", longest),
        max_cost=_dollars(options.serverless_max_cost),
    )


def expected_ms(options: Any) -> float:
    """Return how long an invocation is taken to last, in milliseconds."""
    found = _seconds("--serverless-expected-duration", options.serverless_expected_duration)
    if found <= 0:
        raise InvalidParameterError(
            f"--serverless-expected-duration is {options.serverless_expected_duration}, and nothing is that short."
        )
    return found * 1e3


def _dollars(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise InvalidParameterError(f"--serverless-max-cost is in dollars, as 2.50: not {shorten(text)}.") from None


def overrides_of(options: Any) -> dict[str, Any]:
    """Return what the options say in place of the scenarios."""
    given = {"arrival_rate": options.serverless_arrival_rate, "hold": options.serverless_hold}
    return {name: value for name, value in given.items() if value is not None}


def _seconds(option: str, text: str) -> float:
    try:
        return seconds(text)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"{option}: {error}") from None
