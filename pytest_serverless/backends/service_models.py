"""boto3's models of services, read in less time, by botocore as by moto.

Before it opens the model of one service, botocore looks into the folders of all, 400 by now: for each kind of file, and
again for each loader, of which moto makes one a service. It also reads them into ordered dictionaries, in twice the
time of plain ones, which are ordered as well.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader

__all__ = ["read_quickly"]

CONTENTS: dict[str, Callable[[bytes], bytes]] = {".json": bytes, ".json.gz": gzip.decompress}
_ASKED: ContextVar[str | None] = ContextVar("_ASKED", default=None)


@contextmanager
def read_quickly() -> Iterator[None]:
    """Let every loader of botocore's, and of those built on them, read quickly while the block runs."""
    replaced = [
        (JSONFileLoader, "load_file", _plain),
        (Loader, "load_service_model", _asking),
        (Loader, "list_available_services", _listing_what_is_asked_for),
    ]
    originals = [getattr(owner, name) for owner, name, _ in replaced]
    for (owner, name, replace), original in zip(replaced, originals, strict=True):
        setattr(owner, name, replace(original))
    try:
        yield
    finally:
        for (owner, name, _), original in zip(replaced, originals, strict=True):
            setattr(owner, name, original)


def _plain(_: Any) -> Callable[..., Any]:
    def load_file(self: Any, file_path: str) -> Any:
        files = ((Path(file_path + ending), content) for ending, content in CONTENTS.items())
        return next((json.loads(content(file.read_bytes())) for file, content in files if file.is_file()), None)

    return load_file


def _asking(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_service_model(self: Any, service_name: str, *args: Any, **options: Any) -> Any:
        before = _ASKED.set(service_name)
        try:
            return original(self, service_name, *args, **options)
        finally:
            _ASKED.reset(before)

    return load_service_model


def _listing_what_is_asked_for(original: Callable[..., Any]) -> Callable[..., Any]:
    """List one service where just its model is loaded; all of them where it does not exist: the error names them."""

    def list_available_services(self: Any, type_name: str) -> Any:
        asked = _ASKED.get()
        if asked is not None and _is_there(self, asked, type_name):
            return [asked]
        return original(self, type_name)

    return list_available_services


def _is_there(loader: Any, service: str, type_name: str) -> bool:
    try:
        return bool(loader.list_api_versions(service, type_name))
    except DataNotFoundError:
        return False
