"""What the local platform needs of the machine it runs on."""

from __future__ import annotations

import platform
from importlib.util import find_spec

from pytest_serverless.errors import MissingExtraError, PlatformError

__all__ = ["require"]


def require(system: str = "") -> None:
    """Raise PlatformError or MissingExtraError where the platform cannot run; `system` is as `platform.system` has it.

    Windows has neither the signals that end a function's process and all that it started, nor `awslambdaric`.
    """
    if (system or platform.system()) == "Windows":
        raise PlatformError(
            "The local platform does not run on Windows: it ends the functions' processes by signals of POSIX. "
            "Run it in WSL 2. In tests, the fixtures `serverless` and `invoke` run the functions in process."
        )
    for module in ("httptools", "watchfiles"):
        if find_spec(module) is None:
            raise MissingExtraError(module=module, extra="local", needed_for="The local platform")
