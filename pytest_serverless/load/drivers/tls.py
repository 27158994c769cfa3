"""The one TLS context of a process: making it loads every certificate there is, which takes 22 ms each time."""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gevent.ssl import SSLContext

__all__ = ["context"]


@functools.cache
def context(ca_file: str | None = None, *, insecure: bool = False) -> SSLContext:
    """Return the context of all connections of this process.

    `ca_file` holds the certificates to trust instead of the system's; where the system has none, certifi's are. With
    `insecure`, nothing is verified.
    """
    from gevent.ssl import SSLContext

    made = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif ca_file is not None or not _has_system_certificates():
        made.load_verify_locations(cafile=ca_file or _bundled())
    else:
        made.load_default_certs()
    return made


def _has_system_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    return os.name == "nt" or paths.cafile is not None or _is_filled(paths.capath)


def _is_filled(folder: str | None) -> bool:
    return folder is not None and any(Path(folder).iterdir())


def _bundled() -> str:
    import certifi

    return str(certifi.where())
