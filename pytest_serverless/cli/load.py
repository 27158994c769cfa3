"""`pytest-serverless load`: what load tests come to; each command is in a module of its own."""

from __future__ import annotations

import argparse

from pytest_serverless.cli import load_compare, load_cost, load_observe, load_probe, load_report

__all__ = ["add_parser"]

COMMANDS = (load_report, load_compare, load_cost, load_observe, load_probe)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `load` command and its own commands."""
    parser = subparsers.add_parser("load", help="tell what load tests come to and cost")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
