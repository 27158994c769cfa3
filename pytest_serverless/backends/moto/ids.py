"""The ids that moto draws at random: of messages, events, versions. A test gets the same ones at each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_api._internal import mock_random

__all__ = ["drawn_from"]


@contextmanager
def drawn_from(seed: str) -> Iterator[None]:
    """Let moto draw its ids from a source of their own while the block runs, and go on as before afterwards."""
    before = mock_random.getstate()
    mock_random.seed(seed)
    try:
        yield
    finally:
        mock_random.setstate(before)
