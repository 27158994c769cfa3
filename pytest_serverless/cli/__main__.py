"""Lets `python -m pytest_serverless.cli` be the command `pytest-serverless`."""

import sys

from pytest_serverless.cli import main

if __name__ == "__main__":  # pragma: no branch  # it is run, not imported
    sys.exit(main())
