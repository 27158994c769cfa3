"""Code that comes in a zip archive: unpacked without ever leaving the folder it is unpacked to."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from pytest_serverless.errors import PlatformError

__all__ = ["MOST_UNPACKED_BYTES", "unpack"]

MOST_UNPACKED_BYTES = 262_144_000
"""250 MB, of a function and its layers together.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11).
"""


_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, FileExistsError)
"""What reading an archive raises where its content is damaged, encrypted, or has one name twice."""


def unpack(archive: Path, into: Path) -> None:
    """Unpack an archive; raises PlatformError, with nothing left, for one that would write elsewhere or is too large.

    Links that stay inside the folder are made, and files are as executable as the archive has them.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            _unpack(opened, archive, into)
    except _BROKEN as error:
        shutil.rmtree(into, ignore_errors=True)
        raise PlatformError(f"{archive} cannot be unpacked: {error}. Pack it anew.") from error
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise


def _unpack(opened: zipfile.ZipFile, archive: Path, into: Path) -> None:
    entries = opened.infolist()
    size = sum(entry.file_size for entry in entries)
    if size > MOST_UNPACKED_BYTES:
        raise PlatformError(
            f"{archive} has {size:,} bytes unpacked; Lambda takes at most {MOST_UNPACKED_BYTES:,}. "
            "Leave out what the function does not need, or use a container image."
        )
    into.mkdir(parents=True, exist_ok=True)
    root = into.resolve()
    links = [entry for entry in entries if stat.S_ISLNK(entry.external_attr >> 16)]
    for entry in entries:
        if entry not in links:
            _write(opened, entry, _inside(root, entry.filename, archive))
    for entry in links:  # after the files, so that none is written through one
        place = _inside(root, entry.filename, archive)
        target = opened.read(entry).decode()
        if not (place.parent / target).resolve().is_relative_to(root):
            raise _outside(archive, f"{entry.filename} -> {target}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)


def _inside(root: Path, name: str, archive: Path) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in "".join(path.parts[:1]):
        raise _outside(archive, name)
    place = root.joinpath(*path.parts)
    if place == root:  # `./`, as some tools have it
        return root
    if not place.parent.resolve().is_relative_to(root):
        raise _outside(archive, name)
    return place


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> None:
    if entry.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(entry) as source, place.open("wb") as target:
        shutil.copyfileobj(source, target)
    place.chmod(0o755 if (entry.external_attr >> 16) & stat.S_IXUSR else 0o644)


def _outside(archive: Path, name: str) -> PlatformError:
    return PlatformError(
        f"{archive} has an entry that would be written outside the function's folder: {name}. "
        "Nothing of it was unpacked; pack it anew, from within the folder."
    )
