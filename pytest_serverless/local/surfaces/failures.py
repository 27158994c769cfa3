"""What is told where a function could not be run at all, and the fault is not the function's."""

from __future__ import annotations

import sys
import traceback

from pytest_serverless.errors import ServerlessError

__all__ = ["told"]


def told(error: Exception) -> str:
    """Tell whoever runs the platform why, and return it in words for the caller.

    An error of our own says it all; for any other, which is a fault of the platform, there is the traceback.
    """
    if isinstance(error, ServerlessError):
        sys.stderr.write(f"{error}\n")
        return str(error)
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}"
