"""`pytest-serverless local`: the local platform, until it is told to end."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_serverless.cli.template_options import add_options, choices, pairs, template_in
from pytest_serverless.errors import InvalidParameterError, PlatformError

if TYPE_CHECKING:
    from pytest_serverless.cli.local_view import View
    from pytest_serverless.local.server import LocalServer
    from pytest_serverless.local.settings import Addresses, Settings

__all__ = ["add_parser", "run"]

_SERVICE = "20ms"
_LIMIT_HELP = "change a limit of the platform, as account_concurrency=10"
_STDIN = 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `local` command."""
    parser = subparsers.add_parser(
        "local",
        help="run an application on this machine as the platform does, without Docker",
        description="Run the functions of a template in processes of their own, scaled, throttled, timed out and "
        "billed as the platform does it, behind Lambda's Invoke API and the template's HTTP APIs, beside mocked AWS "
        "services. Ends with Ctrl-C.",
    )
    parser.add_argument("template", nargs="?", help="the template, or its folder; default: the one in this folder")
    add_options(parser)
    parser.add_argument("--region", help="the region it is deployed to")
    parser.add_argument("--account", help="the account it is deployed to, 12 digits")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at; default: %(default)s, this machine")
    parser.add_argument(
        "--port",
        type=_port,
        default=3000,
        help="port of the Invoke API, the HTTP APIs get the next ones; 0 takes free ones; default: %(default)s",
    )
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=VALUE", help=_LIMIT_HELP)
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a variable of all functions")
    parser.add_argument("--node", metavar="PATH", help="the program that runs Node.js functions; default: node")
    parser.add_argument("--no-backends", action="store_true", help="run no mocked AWS services")
    parser.add_argument("--skip-idle", action="store_true", help="jump over waits while nothing is in flight")
    parser.add_argument("--no-reload", action="store_true", help="keep functions as they are when their code changes")
    parser.add_argument("--coverage", action="store_true", help="let coverage.py measure the functions' processes")
    _add_simulation(parser)
    _add_output(parser)
    parser.set_defaults(run=run)


def _add_simulation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("simulation")
    group.add_argument(
        "--simulate",
        nargs="?",
        const=_SERVICE,
        metavar="SERVICE",
        help=f"run no handler, take that long: 20ms, or lognormal:median=20ms,sigma=0.4; without a value {_SERVICE}",
    )
    group.add_argument("--simulate-init", default="150ms", metavar="INIT", help="of a cold start; default: %(default)s")
    group.add_argument(
        "--simulate-proactive",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="the share of sandboxes that are started ahead of need, as 0.6; default: none",
    )
    group.add_argument(
        "--simulate-idle",
        metavar="TIME",
        help="keep each idle sandbox that long: 5m, uniform:low=300s,high=420s or exponential:mean=380s; default: the "
        "limit idle_s",
    )
    group.add_argument("--simulate-stall", metavar="TIMES", help="answer nothing at times: every=5s,for=1s,from=5s")
    group.add_argument("--seed", default="0", help="of what is drawn by chance; default: %(default)s")


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    kinds = group.add_mutually_exclusive_group()
    kinds.add_argument("--quiet", action="store_true", help="show addresses and warnings, no logs")
    kinds.add_argument("--json", action="store_true", help="print what happens as lines of JSON")
    group.add_argument("--ready-file", type=Path, metavar="PATH", help="write the addresses here, as JSON, when ready")
    group.add_argument("--until-eof", action="store_true", help="end when the standard input does")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number up to 65535, got {text!r}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Run the platform until a signal ends it."""
    from pytest_serverless.cli.local_view import view_for
    from pytest_serverless.local import supported

    supported.require()
    settings = _settings(args)
    ready_file: Path | None = args.ready_file
    if ready_file is not None:
        _clear(ready_file)
    if args.until_eof:
        threading.Thread(target=_end_at_eof, name="until-eof", daemon=True).start()
    view = view_for(sys.stdout, as_json=args.json, quiet=args.quiet)
    try:
        return _serve(settings, view, ready_file)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        raise PlatformError(f"The local platform cannot go on: {error}.") from error
    finally:
        view.close()
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


def _serve(settings: Settings, view: View, ready_file: Path | None) -> int:
    from pytest_serverless.local import server

    def on_ready(started: LocalServer, addresses: Addresses) -> None:
        view.begin(started.platform.app, addresses)
        for event in started.early:
            view.tell(event)
        started.platform.events.listen(view.tell)
        if ready_file is not None:
            _write(ready_file, addresses.as_json())

    return server.run(settings, on_ready)


def _settings(args: argparse.Namespace) -> Settings:
    from pytest_serverless.local.settings import Settings

    named, simulate = args.template, args.simulate
    if named is None and simulate is not None and Path(simulate).exists():  # `--simulate template.yaml`
        named, simulate = simulate, _SERVICE
    places = {name: value for name in ("region", "account") if (value := getattr(args, name)) is not None}
    return Settings(
        template=_template(named),
        choices={**choices(args), **places},
        host=args.host,
        port=args.port,
        limits=pairs("--limit", args.limit),
        simulate=simulate,
        simulate_init=args.simulate_init,
        simulate_proactive=args.simulate_proactive,
        simulate_idle=args.simulate_idle,
        simulate_stall=args.simulate_stall,
        seed=args.seed,
        backends=not args.no_backends,
        skip_idle=args.skip_idle,
        reload=not args.no_reload,
        coverage=args.coverage,
        env=pairs("--env", args.env),
        node=args.node,
    )


def _template(named: str | None) -> Path:
    path = Path(named or ".")
    if path.is_dir():
        return template_in(path, "pytest-serverless local FILE")
    if not path.is_file():
        raise InvalidParameterError(f"There is no file {path}.")
    return path


def _clear(path: Path) -> None:
    """Remove what an earlier run has left: whoever waits for this one must not read it."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidParameterError(f"--ready-file {path}: {error.strerror}.") from None
    if not path.absolute().parent.is_dir():
        raise InvalidParameterError(f"--ready-file {path}: there is no folder {path.absolute().parent}.")


def _write(path: Path, addresses: dict[str, Any]) -> None:
    """Write the file in one step: who sees it sees all of it."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(addresses, indent=2) + "\n")
    Path(draft).replace(path)


def _end_at_eof() -> None:
    """Wait until whoever started this is gone."""
    while os.read(_STDIN, 1024):
        pass
    _end()


def _end() -> None:
    """End as by a signal."""
    os.kill(os.getpid(), signal.SIGTERM)
