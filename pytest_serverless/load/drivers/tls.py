"""The one TLS context of a process: making it loads every certificate there is, which takes 22 ms each time."""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_serverless.errors import InvalidParameterError

if TYPE_CHECKING:
    from gevent.ssl import SSLContext

__all__ = ["context"]


@functools.cache
def context(ca_file: str | None = None, *, insecure: bool = False) -> SSLContext:
    """Return the context of all connections of this process.

    `ca_file` holds the certificates to trust instead of the system's; where the system has none, certifi's are. With
    `insecure`, nothing is verified. Raises InvalidParameterError for a file without certificates.
    """
    from gevent.ssl import SSLContext

    made = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif ca_file is not None or not _has_system_certificates():
        _trust(made, ca_file or _bundled())
    else:
        made.load_default_certs()
    return made


def _trust(made: SSLContext, path: str) -> None:
    try:
        made.load_verify_locations(cafile=path)
    except OSError as error:  # that of ssl for what is no certificate among them
        raise InvalidParameterError(f"There are no certificates to trust in {path}: {error}.") from error


def _has_system_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    return os.name == "nt" or paths.cafile is not None or _is_filled(paths.capath)


def _is_filled(folder: str | None) -> bool:
    return folder is not None and any(Path(folder).iterdir())


def _bundled() -> str:
    import certifi

    return str(certifi.where())
