"""A `/tmp` of its own for each sandbox: what has to be seen in it all the same."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_serverless.app.model import Function

__all__ = ["binds_of"]

_TMP = Path("/tmp")  # noqa: S108  # the very folder that is replaced
_HERE = Path(__file__).parent


def binds_of(function: Function, *, tmp: Path, python: str, more: Sequence[Path] = ()) -> list[tuple[str, str]]:
    """Return what to mount so that `tmp` is the sandbox's `/tmp`; nothing where that would hide what it needs.

    Its code, its layers, its Python, what starts it and what `more` it reads may themselves be below `/tmp`: they stay
    where they are.
    """
    program = Path(python)
    prefixes = [Path(sys.prefix), Path(sys.base_prefix), program.parent.parent, program.resolve().parent.parent]
    wanted = [*([function.code] if function.code else [Path.cwd()]), *function.layers, *prefixes, _HERE, *more]
    found = {path.resolve() for path in wanted} | {path.absolute() for path in wanted}
    below = sorted(path for path in found if path.is_relative_to(_TMP))
    if _TMP in below:
        return []
    kept: list[Path] = []
    for path in below:
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    for path in kept:
        (tmp / path.relative_to(_TMP)).mkdir(parents=True, exist_ok=True)
    return [(str(path), str(tmp / path.relative_to(_TMP))) for path in kept] + [(str(tmp), str(_TMP))]
